import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { BlockTimeoutError, InvalidBlockOptionsError, retry, timeout, UsageMeter } from "../index.ts";
import { Count, countLetters, deaf, TestBlock, Text } from "../testing/blocks.ts";

describe("timeout", () => {
  test("gives the result of a block that is in time", async () => {
    assert.deepEqual(await timeout(countLetters, 60).run({ text: "ab" }), { count: 2 });
  });

  test("throws when a block is not, aborts it, and does not wait for it", async () => {
    const block = deaf();
    await assert.rejects(timeout(block, 0.005).run({ text: "" }), (error) => {
      assert.ok(BlockTimeoutError.isInstance(error));
      assert.deepEqual([error.block, error.timeoutSeconds], ["TestBlock", 0.005]);
      return true;
    });
    assert.ok(BlockTimeoutError.isInstance(await block.aborted));
  });

  test("is a failure that can be tried again", async () => {
    let tries = 0;
    const slowAtFirst = new TestBlock(Text, Count, async (_data, { signal }) => {
      if (++tries === 1) await delay(60_000, undefined, { signal });
      return { count: tries };
    });
    const patient = retry(timeout(slowAtFirst, 0.02), { delaySeconds: 0, maxRetries: 50 });
    assert.ok((await patient.run({ text: "" })).count > 1);
  });

  test("passes on what a block used that was ended, and nothing else", async () => {
    const late = Promise.withResolvers<void>();
    const block = new TestBlock(Text, Count, async (_data, { signal, emit }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      emit({ type: "progress", message: "late" });
      emit({ type: "usage", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } });
      late.resolve();
      return { count: 0 };
    });
    const meter = new UsageMeter();
    await assert.rejects(timeout(block, 0.005).run({ text: "" }, { observers: [meter] }), BlockTimeoutError);
    await late.promise;
    assert.equal(meter.usage.totalTokens, 2);
  });

  test("ends at its signal, with its reason", async () => {
    const reason = new Error("stop");
    const running = timeout(deaf(), 1_000).run({ text: "" }, { signal: AbortSignal.abort(reason) });
    await assert.rejects(running, reason);
    const controller = new AbortController();
    const later = timeout(deaf(), 1_000).run({ text: "" }, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(later, reason);
  });

  test("refuses a time that no timer can wait for", () => {
    for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => timeout(countLetters, seconds), InvalidBlockOptionsError);
    }
  });
});
