import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { InvalidSchemaError } from "@conduit/types";
import { Type } from "typebox";
import { NoOp, SchemaMismatchError } from "./index.ts";
import { Count, constant, countLetters, deaf, TestBlock, Text } from "./testing/blocks.ts";

describe("run", () => {
  test("gives the result of the work", async () => {
    assert.deepEqual(await countLetters.run({ text: "four" }), { count: 4 });
  });

  test("validates the input before the work", async () => {
    let worked = false;
    const block = new TestBlock(Text, Count, () => {
      worked = true;
      return { count: 0 };
    });
    await assert.rejects(block.run({ text: 4 as never }), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.equal(error.code, "SCHEMA_MISMATCH");
      assert.equal(error.side, "input");
      assert.equal(error.block, "TestBlock");
      assert.equal(error.path, "/text");
      return true;
    });
    assert.ok(!worked);
  });

  test("validates the result after the work", async () => {
    const block = new TestBlock(Text, Count, () => ({ count: -1 }), { name: "Negative" });
    await assert.rejects(block.run({ text: "" }), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.equal(error.side, "output");
      assert.equal(error.block, "Negative");
      assert.equal(error.path, "/count");
      return true;
    });
  });

  test("lets errors of the work through as they are", async () => {
    const failure = new RangeError("no");
    const block = new TestBlock(Text, Count, () => {
      throw failure;
    });
    await assert.rejects(block.run({ text: "" }), failure);
  });

  test("needs no data where the input is NoOp, whoever calls", async () => {
    const { signal } = new AbortController();
    assert.deepEqual(await constant.run(), { text: "constant" });
    assert.deepEqual(await constant.run({ signal }), { text: "constant" });
    const general: { run(data: unknown, options?: object): Promise<unknown> } = constant as never;
    assert.deepEqual(await general.run({}, { signal }), { text: "constant" });
    assert.deepEqual(await general.run(undefined, { signal }), { text: "constant" });
    await assert.rejects(general.run({ a: 1 }, {}), SchemaMismatchError);
  });

  test("gives the work the empty object where the input is NoOp", async () => {
    const block = new TestBlock(NoOp, Text, (data) => ({ text: JSON.stringify(data) }));
    assert.deepEqual(await block.run(), { text: "{}" });
  });
});

test("what is no schema is refused when the block is made", () => {
  assert.throws(() => new TestBlock(null as never, Count, () => ({ count: 0 })), InvalidSchemaError);
  assert.throws(() => new TestBlock(Text, "Count", () => ({ count: 0 }) as never), InvalidSchemaError);
});

describe("a signal", () => {
  test("that has fired rejects before the work", async () => {
    const reason = new Error("too late");
    const block = new TestBlock(Text, Count, () => assert.fail("must not work"));
    await assert.rejects(block.run({ text: "" }, { signal: AbortSignal.abort(reason) }), reason);
  });

  test("that fires rejects with its reason within 100 ms, even if the work does not look at it", async () => {
    const controller = new AbortController();
    const block = deaf();
    const run = block.run({ text: "" }, { signal: controller.signal });
    await delay(10);
    const start = performance.now();
    const reason = new Error("stop");
    controller.abort(reason);
    await assert.rejects(run, reason);
    assert.equal(await block.aborted, reason);
    assert.ok(performance.now() - start < 100);
  });

  test("gives its reason and not the error that the work makes of it", async () => {
    const controller = new AbortController();
    const block = new TestBlock(Text, Count, async (_data, { signal }) => {
      await delay(10_000, undefined, { signal });
      return { count: 0 };
    });
    const run = block.run({ text: "" }, { signal: controller.signal });
    const reason = new Error("stop");
    controller.abort(reason);
    await assert.rejects(run, reason);
  });

  test("is left without listeners after the run", async () => {
    const { signal } = new AbortController();
    await countLetters.run({ text: "a" }, { signal });
    await assert.rejects(countLetters.run({ text: 1 as never }, { signal }));
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("is there for the work even if the caller gave none", async () => {
    const block = new TestBlock(Text, Count, (_data, { signal, emit }) => {
      assert.equal(signal.aborted, false);
      emit({ type: "progress", message: "nobody listens" });
      return { count: 0 };
    });
    assert.deepEqual(await block.run({ text: "" }), { count: 0 });
  });
});

test("types of data and results are those of the schemas", async () => {
  const result: { count: number } = await countLetters.run({ text: "" });
  const Optional = Type.Object({ a: Type.Optional(Type.String()) });
  const optional = new TestBlock(Optional, Optional, (data) => data);
  const a: string | undefined = (await optional.run({})).a;
  const misuse = (): void => {
    // @ts-expect-error text is missing
    countLetters.run({});
    // @ts-expect-error data is missing
    countLetters.run();
    // @ts-expect-error text is a string
    countLetters.run({ text: 1 });
    // @ts-expect-error there is no data to give
    constant.run({ text: "" });
    // @ts-expect-error the result has no text
    countLetters.run({ text: "" }).then(({ text }) => text);
    // @ts-expect-error the work gives no count
    new TestBlock(Text, Count, () => ({ number: 1 }));
    // @ts-expect-error the work is given text
    new TestBlock(Text, Count, (data: { count: number }) => data);
  };
  assert.deepEqual([result, a, typeof misuse], [{ count: 0 }, undefined, "function"]);
});
