import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { AllBlocksFailedError, type Block, fallback, SchemaMismatchError } from "../index.ts";
import { Count, countLetters, TestBlock, Text } from "../testing/blocks.ts";
import type { StandIns } from "./fallback.ts";

const failing = new TestBlock(Text, Count, () => Promise.reject(new RangeError("out of order")), {
  name: "Failing",
});

describe("fallback", () => {
  test("gives the result of the first block that has one, and tells of those before", async () => {
    const block = fallback(failing, countLetters, failing);
    assert.deepEqual(await Array.fromAsync(block.stream({ text: "ab" })), [
      { type: "progress", message: "Failing failed, so CountLetters is next: out of order" },
      { type: "result", value: { count: 2 } },
    ]);
    assert.equal(block.name, "fallback(Failing, CountLetters, Failing)");
  });

  test("throws with all reasons when all fail", async () => {
    await assert.rejects(fallback(failing, failing).run({ text: "" }), (error) => {
      assert.ok(AllBlocksFailedError.isInstance(error));
      assert.deepEqual(error.failures, ["out of order", "out of order"]);
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
  });

  test("takes a result that says so for a failure, and gives the last one", async () => {
    const Operation = Type.Object({ success: Type.Boolean(), from: Type.String() });
    const operation = (success: boolean, from: string) =>
      new TestBlock(Text, Operation, () => ({ success, from }));
    const given = await fallback(operation(false, "a"), operation(true, "b")).run({ text: "" });
    assert.deepEqual(given, { success: true, from: "b" });
    const last = await fallback(operation(false, "a"), operation(false, "b")).run({ text: "" });
    assert.deepEqual(last, { success: false, from: "b" });
  });

  test("holds what stands in to the first block's output", async () => {
    const Negative = Type.Object({ count: Type.Integer() });
    const negative = new TestBlock(Text, Negative, () => ({ count: -1 }));
    await assert.rejects(fallback(failing, negative).run({ text: "" }), (error) => {
      assert.ok(AllBlocksFailedError.isInstance(error) && SchemaMismatchError.isInstance(error.cause));
      return true;
    });
  });

  test("goes to no other block when it is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const aborting = new TestBlock(Text, Count, () => {
      controller.abort(reason);
      throw new RangeError("because it was aborted");
    });
    const never = new TestBlock(Text, Count, () => assert.fail("must not run"));
    await assert.rejects(fallback(aborting, never).run({ text: "" }, { signal: controller.signal }), reason);
  });

  test("does not compile with blocks that cannot stand in, and the message names the field", () => {
    const Both = Type.Object({ text: Type.String(), language: Type.String() });
    const needsMore = new TestBlock(Both, Count, () => ({ count: 0 }));
    const givesLess = new TestBlock(Text, Text, (data) => data);
    const misuse = (): void => {
      // @ts-expect-error 'language' is missing from the first block's input
      fallback(countLetters, needsMore);
      // @ts-expect-error 'count' is missing from this block's output
      fallback(countLetters, givesLess);
      // @ts-expect-error nothing stands in
      fallback(countLetters);
    };
    const asked = null as never as {
      readonly input: StandIn<typeof countLetters, typeof needsMore>;
      readonly output: StandIn<typeof countLetters, typeof givesLess>;
    };
    const read = (): readonly string[] => {
      const input: "The first block's input lacks the field 'language' that this block's input needs." =
        asked.input;
      const output: "This block's output lacks the field 'count' that what follows the first block needs." =
        asked.output;
      return [input, output];
    };
    assert.equal(typeof misuse, typeof read);
  });
});

type StandIn<First extends Block, Other extends Block> = StandIns<First, [Other]>[0];
