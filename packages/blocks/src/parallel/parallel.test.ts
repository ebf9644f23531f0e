import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type StandardJsonSchema, toStandardSchema } from "@conduit/types";
import { Type } from "typebox";
import { parallel, pipe, SchemaMismatchError, UsageMeter } from "../index.ts";
import { Count, constant, countLetters, deaf, repeat, TestBlock, Text } from "../testing/blocks.ts";

const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
const telling = new TestBlock(Text, Text, (data, { emit }) => {
  emit({ type: "usage", usage });
  emit({ type: "partial", value: data });
  return data;
});

describe("parallel", () => {
  test("runs blocks at once and gives a record of their results", async () => {
    const started: string[] = [];
    const both = Promise.withResolvers<void>();
    const waiting = (name: string) =>
      new TestBlock(Text, Text, async (data) => {
        started.push(name);
        if (started.length === 2) both.resolve();
        await both.promise;
        return data;
      });
    const block = parallel({ a: waiting("a"), b: waiting("b"), letters: countLetters });
    const result: { a: { text: string }; b: { text: string }; letters: { count: number } } = await block.run({
      text: "xy",
    });
    assert.deepEqual(result, { a: { text: "xy" }, b: { text: "xy" }, letters: { count: 2 } });
  });

  test("validates data by each part's schema, or once where they share it", async () => {
    let checks = 0;
    const standard = toStandardSchema(Text)["~standard"];
    const Counted: StandardJsonSchema<{ text: string }> = {
      "~standard": {
        ...standard,
        validate(value) {
          checks++;
          return standard.validate(value);
        },
      },
    };
    const part = new TestBlock(Counted, Count, ({ text }) => ({ count: text.length }));
    await parallel({ a: part, b: part }).run({ text: "a" });
    assert.equal(checks, 1);
    const Language = Type.Object({ language: Type.String() });
    const other = new TestBlock(Language, Text, ({ language }) => ({ text: language }));
    const mixed = parallel({ a: part, b: other });
    assert.deepEqual(await mixed.run({ text: "ab", language: "en" }), { a: { count: 2 }, b: { text: "en" } });
    assert.equal(checks, 2);
    // @ts-expect-error 'language' is missing
    await assert.rejects(mixed.run({ text: "ab" }), SchemaMismatchError);
  });

  test("gives each part what its own schema makes of the data", async () => {
    const lengthOf: StandardJsonSchema<{ text: string }, number> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => ({ value: (value as { text: string }).text.length }),
        jsonSchema: { input: () => ({}), output: () => ({}) },
      },
    };
    const length = new TestBlock(lengthOf, Count, (count) => ({ count }));
    const result = await parallel({ length, letters: countLetters }).run({ text: "four" });
    assert.deepEqual(result, { length: { count: 4 }, letters: { count: 4 } });
  });

  test("needs no data where no part does, and runs such parts beside others", async () => {
    assert.deepEqual(await parallel({ a: constant, b: constant }).run(), {
      a: { text: "constant" },
      b: { text: "constant" },
    });
    const beside = await parallel({ a: constant, letters: countLetters }).run({ text: "a" });
    assert.deepEqual(beside, { a: { text: "constant" }, letters: { count: 1 } });
  });

  test("throws what the first part to fail throws, and aborts the others", async () => {
    const failure = new RangeError("no");
    const other = deaf();
    const failing = new TestBlock(Text, Count, () => Promise.reject(failure));
    await assert.rejects(parallel({ failing, other }).run({ text: "" }), failure);
    assert.equal(await other.aborted, failure);
  });

  test("ends at its signal, as do its parts", async () => {
    const controller = new AbortController();
    const part = deaf();
    const running = parallel({ part }).run({ text: "" }, { signal: controller.signal });
    const reason = new Error("stop");
    setTimeout(() => controller.abort(reason), 5);
    await assert.rejects(running, reason);
    assert.equal(await part.aborted, reason);
  });

  test("streams partial results as a record, and sums usage", async () => {
    const meter = new UsageMeter();
    const stream = parallel({ a: telling, b: telling }).stream({ text: "x" }, { observers: [meter] });
    const events = await Array.fromAsync(stream);
    const partials = events.filter(({ type }) => type === "partial");
    assert.deepEqual(partials.at(-1), { type: "partial", value: { a: { text: "x" }, b: { text: "x" } } });
    assert.equal(events.filter(({ type }) => type === "usage").length, 2);
    assert.equal(meter.usage.totalTokens, 6);
  });

  test("is a step, whose output has a field for each part", async () => {
    const Joined = Type.Object({ a: Text, letters: Count });
    const join = new TestBlock(Joined, Count, ({ a, letters }) => ({ count: a.text.length + letters.count }));
    const block = pipe(repeat, parallel({ a: telling, letters: countLetters }), join);
    assert.deepEqual(await block.run({ count: 3 }), { count: 6 });
    // @ts-expect-error 'letters' is missing
    assert.equal(typeof (() => pipe(parallel({ a: telling }), join)), "function");
  });
});
