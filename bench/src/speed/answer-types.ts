import { Type } from "typebox";
import { z } from "zod";
import type { AnswerType } from "./answer-type.ts";
import { Random } from "./random.ts";

const KINDS = ["book", "tool", "food", "toy"] as const;

/** Records in a list: what extraction from a document gives. */
const orders: AnswerType = {
  name: "orders",
  typebox: Type.Object({
    orders: Type.Array(
      Type.Object({
        id: Type.Integer(),
        customer: Type.Object({ name: Type.String(), city: Type.String(), vip: Type.Boolean() }),
        kind: Type.Enum([...KINDS]),
        price: Type.Number(),
        tags: Type.Array(Type.String()),
        note: Type.Optional(Type.String()),
      }),
    ),
  }),
  zod: z.object({
    orders: z.array(
      z.object({
        id: z.int(),
        customer: z.object({ name: z.string(), city: z.string(), vip: z.boolean() }),
        kind: z.enum(KINDS),
        price: z.number(),
        tags: z.array(z.string()),
        note: z.string().optional(),
      }),
    ),
  }),
  answer(bytes) {
    const random = new Random();
    return {
      orders: untilLong(bytes, (id) => ({
        id,
        customer: { name: random.words(2), city: random.words(1), vip: random.below(2) === 1 },
        kind: random.pick(KINDS),
        price: random.below(100_000) / 100,
        tags: Array.from({ length: random.below(4) }, () => random.words(1)),
        ...(random.below(3) === 0 ? { note: random.words(12) } : {}),
      })),
    };
  },
};

/** Members of a union that a constant tells apart: what a plan of actions looks like. */
const actions: AnswerType = {
  name: "actions",
  typebox: Type.Object({
    actions: Type.Array(
      Type.Union([
        Type.Object({ type: Type.Literal("move"), x: Type.Integer(), y: Type.Integer() }),
        Type.Object({ type: Type.Literal("say"), text: Type.String(), loud: Type.Optional(Type.Boolean()) }),
        Type.Object({ type: Type.Literal("wait"), seconds: Type.Number() }),
      ]),
    ),
  }),
  zod: z.object({
    actions: z.array(
      z.discriminatedUnion("type", [
        z.object({ type: z.literal("move"), x: z.int(), y: z.int() }),
        z.object({ type: z.literal("say"), text: z.string(), loud: z.boolean().optional() }),
        z.object({ type: z.literal("wait"), seconds: z.number() }),
      ]),
    ),
  }),
  answer(bytes) {
    const random = new Random();
    const makers = [
      () => ({ type: "move", x: random.below(100), y: random.below(100) }),
      () => ({ type: "say", text: random.words(6), loud: random.below(2) === 1 }),
      () => ({ type: "wait", seconds: random.below(100) / 10 }),
    ];
    return { actions: untilLong(bytes, () => random.pick(makers)()) };
  },
};

/** One long text: what a summary or a program's source is. */
const text: AnswerType = {
  name: "text",
  typebox: Type.Object({ title: Type.String(), text: Type.String() }),
  zod: z.object({ title: z.string(), text: z.string() }),
  answer(bytes) {
    const random = new Random();
    return { title: random.words(4), text: untilLong(bytes, () => random.words(10)).join(". ") };
  },
};

/** The types that answers are parsed as. */
export const ANSWER_TYPES: readonly [AnswerType, ...AnswerType[]] = [orders, actions, text];

/** As many items as give so many bytes of JSON, at least one. */
function untilLong<T>(bytes: number, make: (index: number) => T): T[] {
  const items: T[] = [];
  for (let length = 0; length === 0 || length < bytes; ) {
    const item = make(items.length);
    items.push(item);
    length += JSON.stringify(item).length + 1;
  }
  return items;
}
