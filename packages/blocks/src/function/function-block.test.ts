import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { FunctionBlock, NoOp, SchemaMismatchError } from "../index.ts";
import { Count, Text } from "../testing/blocks.ts";

test("a function is a block, synchronous or not", async () => {
  const now = new FunctionBlock(Text, Count, ({ text }) => ({ count: text.length }));
  const later = new FunctionBlock(Text, Count, async ({ text }) => ({ count: text.length }));
  assert.deepEqual(await now.run({ text: "four" }), { count: 4 });
  assert.deepEqual(await later.run({ text: "four" }), { count: 4 });
  assert.deepEqual(await new FunctionBlock(NoOp, Text, () => ({ text: "a" })).run(), { text: "a" });
});

test("both sides are validated, and errors go through", async () => {
  const negative = new FunctionBlock(Text, Count, () => ({ count: -1 }));
  await assert.rejects(negative.run({ text: "" }), SchemaMismatchError);
  await assert.rejects(negative.run({} as never), SchemaMismatchError);
  const failure = new RangeError("no");
  const throws = new FunctionBlock(Text, Count, () => {
    throw failure;
  });
  await assert.rejects(throws.run({ text: "" }), failure);
});

test("the function is told of the signal, and may tell of its progress", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const seen = Promise.withResolvers<unknown>();
  const waits = new FunctionBlock(Text, Count, (_data, { signal, emit }) => {
    emit({ type: "progress", message: "waits" });
    signal.addEventListener("abort", () => seen.resolve(signal.reason));
    return new Promise<never>(() => {});
  });
  const stream = waits.stream({ text: "" }, { signal: controller.signal });
  assert.deepEqual((await stream.next()).value, { type: "progress", message: "waits" });
  controller.abort(reason);
  await assert.rejects(stream.next(), reason);
  assert.equal(await seen.promise, reason);
});

test("its name is the function's, or another one", () => {
  function shorten({ text }: { text: string }) {
    return { text: text.slice(1) };
  }
  assert.equal(new FunctionBlock(Text, Text, shorten).name, "shorten");
  assert.equal(new FunctionBlock(Text, Text, shorten, { name: "Other" }).name, "Other");
  assert.equal(new FunctionBlock(Text, Text, (data) => data).name, "FunctionBlock");
});

test("types are those of the schemas", () => {
  const misuse = (): void => {
    // @ts-expect-error the function gives no count
    new FunctionBlock(Text, Count, ({ text }) => ({ number: text.length }));
    // @ts-expect-error the function is given text
    new FunctionBlock(Text, Count, ({ count }) => ({ count }));
    // @ts-expect-error text is a string
    new FunctionBlock(Text, Type.Object({}), () => ({})).run({ text: 1 });
  };
  assert.equal(typeof misuse, "function");
});
