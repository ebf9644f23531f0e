import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { type Block, NoOp, pipe } from "../index.ts";
import { Count, constant, countLetters, repeat, TestBlock, Text } from "../testing/blocks.ts";
import type { JoinedSteps } from "./seam.ts";

/** What the compiler asks of the second of two steps. */
type Second<A extends Block, B extends Block> = JoinedSteps<[A, B]>[1];

const Wider = Type.Object({ text: Type.String(), more: Type.Optional(Type.Integer()) });
const Both = Type.Object({ text: Type.String(), language: Type.String() });
const Numeric = Type.Object({ text: Type.Number() });
const Union = Type.Union([
  Type.Object({ success: Type.Literal(true), text: Type.String() }),
  Type.Object({ success: Type.Literal(false), text: Type.String(), reason: Type.String() }),
]);

const wider = new TestBlock(Wider, Wider, (data) => data);
const both = new TestBlock(Both, Both, (data) => data);
const number = new TestBlock(Numeric, Numeric, (data) => data);
const union = new TestBlock(Text, Union, ({ text }) => ({ success: true as const, text }));
const word = new TestBlock(Type.String(), Type.String(), (data) => data);

test("steps that meet compile, and the pipe's types are those of its ends", async () => {
  const simple: { count: number } = await pipe(constant, countLetters).run();
  const subset: { count: number } = await pipe(both, countLetters).run({ text: "", language: "" });
  const optional: { text: string } = await pipe(repeat, wider).run({ count: 1 });
  const everyMember: { count: number } = await pipe(union, countLetters).run({ text: "ab" });
  const outermost = await pipe(countLetters, repeat, union).run({ text: "ab" });
  const reason: string | undefined = outermost.success ? undefined : outermost.reason;
  assert.deepEqual(
    [simple, subset, optional, everyMember, reason],
    [{ count: 8 }, { count: 0 }, { text: "a" }, { count: 2 }, undefined],
  );
});

test("steps that do not meet do not compile, and the message names the field", () => {
  const misuse = (): void => {
    // @ts-expect-error 'text' is missing
    pipe(countLetters, countLetters);
    // @ts-expect-error 'language' is missing
    pipe(constant, both);
    // @ts-expect-error 'text' is a number
    pipe(number, countLetters);
    // @ts-expect-error 'text' is a number, further on
    pipe(constant, countLetters, repeat, number);
    // @ts-expect-error an object is no string
    pipe(constant, word);
    // @ts-expect-error nothing comes before a block without input
    pipe(constant, constant);
    // @ts-expect-error one step is no pipe
    pipe(constant);
    // @ts-expect-error an unwrapped function is no block
    pipe(constant, async () => ({ count: 1 }));
    // @ts-expect-error the data of the first step is needed
    pipe(countLetters, repeat).run();
    // @ts-expect-error 'text' is a string
    pipe(countLetters, repeat).run({ text: 1 });
    const [a, b] = [countLetters, repeat];
    // @ts-expect-error 13 steps are too many
    pipe(a, b, a, b, a, b, a, b, a, b, a, b, a);
  };
  assert.equal(typeof misuse, "function");
});

test("what is asked of a step that does not fit is a sentence", () => {
  // What is asked is a sentence and a block at once, so it can be read as a sentence.
  const asked = null as never as {
    readonly lacking: Second<typeof constant, typeof both>;
    readonly differing: Second<typeof number, typeof countLetters>;
    readonly unrelated: Second<typeof constant, typeof word>;
    readonly sourceInside: Second<typeof countLetters, typeof constant>;
  };
  const read = (): readonly string[] => {
    const lacking: "The output before this step lacks the field 'language' that this step's input needs." =
      asked.lacking;
    const differing: "The field 'text' of the output before this step is of another type than this step's input needs." =
      asked.differing;
    const unrelated: "The output before this step is of another type than this step's input needs." =
      asked.unrelated;
    const sourceInside: "This step takes no input, so no step can come before it." = asked.sourceInside;
    // @ts-expect-error it is this sentence and no other
    const other: "The output before this step lacks the field 'text' that this step's input needs." =
      asked.lacking;
    return [lacking, differing, unrelated, sourceInside, other];
  };
  assert.equal(typeof read, "function");
});

test("any pipe is a block of unknown data", async () => {
  const blocks: readonly Block[] = [constant, pipe(countLetters, repeat), word];
  assert.deepEqual(
    blocks.map(({ input }) => input === NoOp || input === Text || input === word.input),
    [true, true, true],
  );
  assert.deepEqual(await blocks[1]?.run({ text: "ab" }), { text: "aa" });
  assert.equal(pipe(countLetters, repeat, countLetters).output, Count);
});
