import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type StandardJsonSchema, toStandardSchema } from "@conduit/types";
import { Type } from "typebox";
import { pipe, SchemaMismatchError } from "../index.ts";
import { Count, constant, countLetters, repeat, TestBlock, Text } from "../testing/blocks.ts";

/** A schema of numbers that counts how often it validates. */
function counting(): { readonly schema: StandardJsonSchema<number, number>; checks: number } {
  const standard = toStandardSchema(Type.Number())["~standard"];
  const counter = {
    checks: 0,
    schema: {
      "~standard": {
        ...standard,
        validate(value: unknown) {
          counter.checks++;
          return standard.validate(value);
        },
      },
    },
  };
  return counter;
}

describe("a pipe", () => {
  test("gives each step what the one before it gave", async () => {
    assert.deepEqual(await pipe(countLetters, repeat).run({ text: "four" }), { text: "aaaa" });
  });

  test("has the input of the first step, the output of the last, and the names of all", () => {
    const block = pipe(countLetters, repeat, countLetters);
    assert.equal(block.input, Text);
    assert.equal(block.output, Count);
    assert.equal(block.name, "pipe(CountLetters, Repeat, CountLetters)");
  });

  test("is a block: it can be a step, and needs no data where its first step needs none", async () => {
    const twice = pipe(pipe(countLetters, repeat), countLetters);
    assert.deepEqual(await twice.run({ text: "four" }), { count: 4 });
    assert.deepEqual(await pipe(constant, twice).run(), { count: 8 });
  });

  test("takes twelve steps, and a pipe of pipes more", async () => {
    const [a, b] = [countLetters, repeat];
    const twelve = pipe(a, b, a, b, a, b, a, b, a, b, a, b);
    assert.deepEqual(await twelve.run({ text: "abc" }), { text: "aaa" });
    assert.deepEqual(await pipe(twelve, twelve).run({ text: "abc" }), { text: "aaa" });
  });
});

describe("the data between two steps", () => {
  test("is validated once where they share the schema, as are both ends", async () => {
    const [ends, seam] = [counting(), counting()];
    const there = new TestBlock(ends.schema, seam.schema, (data) => data + 1);
    const back = new TestBlock(seam.schema, ends.schema, (data) => data + 1);
    assert.equal(await pipe(there, back).run(1), 3);
    assert.deepEqual([ends.checks, seam.checks], [2, 1]);
    assert.equal(await pipe(pipe(there, back), pipe(there, back)).run(1), 5);
    assert.deepEqual([ends.checks, seam.checks], [2 + 3, 1 + 2]);
  });

  test("is validated by either's schema where they have their own", async () => {
    const [output, input] = [counting(), counting()];
    const block = pipe(
      new TestBlock(Text, output.schema, ({ text }) => Number(text)),
      new TestBlock(input.schema, Count, (count) => ({ count })),
    );
    assert.deepEqual(await block.run({ text: "3" }), { count: 3 });
    assert.deepEqual([output.checks, input.checks], [1, 1]);
  });

  test("that does not match is reported with the step that gave it or would not take it", async () => {
    const wrong = new TestBlock(Text, Count, () => ({ count: -1 }), { name: "Wrong" });
    await assert.rejects(pipe(wrong, repeat).run({ text: "" }), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.deepEqual([error.block, error.side, error.path], ["Wrong", "output", "/count"]);
      return true;
    });
    const Even = Type.Object({ count: Type.Integer({ multipleOf: 2 }) });
    const picky = new TestBlock(Even, Text, () => ({ text: "" }), { name: "Picky" });
    await assert.rejects(pipe(countLetters, picky).run({ text: "odd" }), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.deepEqual([error.block, error.side, error.path], ["Picky", "input", "/count"]);
      return true;
    });
  });

  test("that the caller gives wrong is reported as the pipe's input", async () => {
    await assert.rejects(pipe(countLetters, repeat).run({ text: 1 as never }), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.deepEqual([error.block, error.side], ["pipe(CountLetters, Repeat)", "input"]);
      return true;
    });
  });
});

test("a stream of a pipe has progress and usage of all steps, partial results of the last, and one result", async () => {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  const first = new TestBlock(Text, Count, ({ text }, { emit }) => {
    emit({ type: "progress", message: "first" });
    emit({ type: "partial", value: { count: 1 } });
    emit({ type: "usage", usage });
    return { count: text.length };
  });
  const last = new TestBlock(Count, Text, ({ count }, { emit }) => {
    emit({ type: "partial", value: { text: "partial" } });
    emit({ type: "usage", usage });
    return { text: String(count) };
  });
  assert.deepEqual(await Array.fromAsync(pipe(first, last).stream({ text: "ab" })), [
    { type: "progress", message: "first" },
    { type: "usage", usage },
    { type: "partial", value: { text: "partial" } },
    { type: "usage", usage },
    { type: "result", value: { text: "2" } },
  ]);
});

test("a signal aborts the step that runs, and no further step starts", async () => {
  const controller = new AbortController();
  const seen = Promise.withResolvers<unknown>();
  let further = false;
  const ignorant = new TestBlock(Text, Count, async (_data, { signal }) => {
    signal.addEventListener("abort", () => seen.resolve(signal.reason));
    await delay(30);
    return { count: 1 };
  });
  const next = new TestBlock(Count, Text, () => {
    further = true;
    return { text: "" };
  });
  const run = pipe(ignorant, next).run({ text: "" }, { signal: controller.signal });
  await delay(5);
  const reason = new Error("stop");
  controller.abort(reason);
  await assert.rejects(run, reason);
  assert.equal(await seen.promise, reason);
  await delay(50);
  assert.ok(!further);
});
