import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { InvalidBlockOptionsError, pipe, retry, SchemaMismatchError } from "../index.ts";
import { Count, countLetters, TestBlock, Text } from "../testing/blocks.ts";

/** Fails as often as it is told to, and counts its tries. */
function flaky(failures: number): TestBlock<typeof Text, typeof Count> & { tries: number } {
  const block = new TestBlock(Text, Count, ({ text }) => {
    state.tries++;
    if (state.tries <= failures) throw new RangeError(`failure ${state.tries}`);
    return { count: text.length };
  });
  const state = Object.assign(block, { tries: 0 });
  return state;
}

describe("retry", () => {
  test("runs a block again until it has a result, and tells of each failure", async () => {
    const block = flaky(2);
    const events = await Array.fromAsync(retry(block, { delaySeconds: 0 }).stream({ text: "ab" }));
    assert.deepEqual(events, [
      { type: "progress", message: "TestBlock failed in try 1 of 3: failure 1" },
      { type: "progress", message: "TestBlock failed in try 2 of 3: failure 2" },
      { type: "result", value: { count: 2 } },
    ]);
  });

  test("throws what the last try threw", async () => {
    const block = flaky(9);
    await assert.rejects(retry(block, { maxRetries: 1, delaySeconds: 0 }).run({ text: "" }), /failure 2/);
    assert.equal(block.tries, 2);
  });

  test("takes a result that says so for a failure, and gives it after the last try", async () => {
    let tries = 0;
    const Operation = Type.Object({ success: Type.Boolean(), tries: Type.Integer() });
    const block = new TestBlock(Text, Operation, () => ({ success: false, tries: ++tries }));
    assert.deepEqual(await retry(block, { delaySeconds: 0 }).run({ text: "" }), { success: false, tries: 3 });
  });

  test("asks whether to try again", async () => {
    const block = flaky(9);
    const once = retry(block, { when: (failure) => failure.type === "result", delaySeconds: 0 });
    await assert.rejects(once.run({ text: "" }), /failure 1/);
    assert.equal(block.tries, 1);
  });

  test("does not run on data that do not match", async () => {
    const block = flaky(0);
    await assert.rejects(retry(block).run({ text: 1 as never }), SchemaMismatchError);
    assert.equal(block.tries, 0);
  });

  test("ends at its signal, also while it waits", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const waiting = retry(flaky(9), { delaySeconds: 1_000 }).run({ text: "" }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await assert.rejects(waiting, reason);
  });

  test("keeps the types", async () => {
    const result: { count: number } = await pipe(retry(countLetters), retry(flakyIdentity())).run({
      text: "a",
    });
    assert.deepEqual(result, { count: 1 });
  });

  test("refuses options that it cannot work with", () => {
    for (const options of [
      { maxRetries: -1 },
      { maxRetries: 1.5 },
      { delaySeconds: -1 },
      { delaySeconds: 1e9 },
    ]) {
      assert.throws(() => retry(countLetters, options), InvalidBlockOptionsError);
    }
  });
});

function flakyIdentity(): TestBlock<typeof Count, typeof Count> {
  return new TestBlock(Count, Count, (data) => data);
}
