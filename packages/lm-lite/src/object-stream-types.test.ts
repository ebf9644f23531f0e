import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeepPartial, Schema } from "@conduit/types";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import { LMLiteBlock, type ObjectStreamEvent } from "./index.ts";
import { answer, scriptedEndpoint } from "./testing/scripted-endpoint.ts";

/** Whether the compiler takes two types for the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Claim extends true>(): void {}

const TypeBoxSchema = Type.Object({
  name: Type.String(),
  at: Type.Array(Type.Object({ x: Type.Integer() })),
});
const ZodSchema = z.object({ name: z.string().transform((name) => name.length), tags: z.array(z.string()) });
const ValibotSchema = toStandardJsonSchema(v.object({ name: v.string(), age: v.optional(v.number()) }));
const plain = {
  type: "object",
  required: ["name"],
  properties: { name: { type: "string" }, age: { type: "integer" } },
} as const;

type Update<Event> = Extract<Event, { readonly type: "value-update" }>;
type Finish<Event> = Extract<Event, { readonly type: "response-finish" }>;
type EventOf<Stream> = Stream extends AsyncIterable<infer Event> ? Event : never;

test("events have the types of the schema, of every library", async () => {
  await using endpoint = await scriptedEndpoint(answer('{"name":"cat","at":[{"x":1}],"tags":["a"],"age":3}'));
  const lm = LMLiteBlock.connect(endpoint);
  const model = "m";

  const typeBox = lm.streamObject({ model, output: TypeBoxSchema });
  holds<Same<Update<EventOf<typeof typeBox>>["value"], { name?: string; at?: { x?: number }[] }>>();
  holds<Same<Finish<EventOf<typeof typeBox>>["response"]["value"], { name: string; at: { x: number }[] }>>();

  const zod = lm.streamObject({ model, output: ZodSchema });
  holds<Same<Update<EventOf<typeof zod>>["value"], { name?: string; tags?: string[] }>>();
  holds<Same<Finish<EventOf<typeof zod>>["response"]["value"], { name: number; tags: string[] }>>();
  holds<Same<Finish<EventOf<typeof zod>>["response"]["written"], { name: string; tags: string[] }>>();

  const valibot = lm.streamObject({ model, output: ValibotSchema });
  holds<Same<Update<EventOf<typeof valibot>>["value"]["name"], string | undefined>>();
  holds<Same<Finish<EventOf<typeof valibot>>["response"]["value"]["age"], number | undefined>>();

  const json = lm.streamObject({ model, output: plain });
  holds<Same<Update<EventOf<typeof json>>["value"]["name"], string | undefined>>();
  holds<Same<Finish<EventOf<typeof json>>["response"]["value"]["name"], string>>();

  for await (const event of zod) {
    if (event.type === "value-update") {
      const name: string | undefined = event.value.name;
      // @ts-expect-error it is a number only once the schema has transformed it
      const length: number | undefined = event.value.name;
      // @ts-expect-error there is no such part
      assert.equal(event.value.nothing, undefined);
      assert.equal(length, name);
    }
    if (event.type === "response-finish") assert.equal(event.response.value.name, 3);
  }
  const general: readonly AsyncIterable<ObjectStreamEvent<Schema>>[] = [typeBox, valibot, json];
  for (const stream of general) {
    const events = await Array.fromAsync(stream);
    assert.equal(events.at(-1)?.type, "response-finish");
  }
});

test("partial results of a block have the type that is written, and its result the one that is read", async () => {
  await using endpoint = await scriptedEndpoint(answer('{"name":"cat","tags":[]}'));
  const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: plain, output: ZodSchema });
  const events = await Array.fromAsync(block.stream({ name: "Tom" }));
  type Event = (typeof events)[number];
  type Partial = Extract<Event, { readonly type: "partial" }>["value"];
  type Result = Extract<Event, { readonly type: "result" }>["value"];
  holds<Same<Partial, { name?: string; tags?: string[] }>>();
  holds<Same<Result, { name: number; tags: string[] }>>();
  assert.deepEqual(events.at(-1), { type: "result", value: { name: 3, tags: [] } });
});

test("what does not fit does not compile", () => {
  type Event = ObjectStreamEvent<typeof TypeBoxSchema>;
  holds<Same<Update<Event>["value"], DeepPartial<{ name: string; at: { x: number }[] }>>>();
  const misuse = (lm: LMLiteBlock) => {
    // @ts-expect-error data must be of the type of input
    lm.streamObject({ model: "m", input: TypeBoxSchema, data: { name: 1 }, output: plain });
    // @ts-expect-error a value needs a type
    lm.streamObject({ model: "m" });
    // @ts-expect-error text has no partial values
    lm.streamObject({ model: "m", messages: [] });
  };
  assert.equal(typeof misuse, "function");
});
