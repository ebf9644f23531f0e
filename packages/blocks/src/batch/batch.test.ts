import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { Type } from "typebox";
import { batch, TooManyFailuresError } from "../index.ts";
import { counting, files, Item, ids, linesOf, usage } from "../testing/batch-files.ts";
import { TestBlock } from "../testing/blocks.ts";

/** Resolves once the event loop has turned so often: at some point between two waits of the batch. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

describe("a batch", () => {
  test("ends at its signal, whenever in its beginning that fires", async () => {
    for (let count = 0; count < 30; count += 2) {
      const { options } = files(ids(1, 2, 3));
      const controller = new AbortController();
      const never = new TestBlock(Item, Item, () => new Promise<never>(() => {}));
      const running = batch(never, { ...options, signal: controller.signal });
      await turns(count);
      const reason = new Error(`stop after ${count} turns`);
      controller.abort(reason);
      await assert.rejects(running, reason);
    }
  });

  test("writes results and failures with their lines, tokens and cost, and sums them", async () => {
    const { output, failures, options } = files(`{"id":1}\n\nnot JSON\r\n{"id":-4}\n{"id":"x"}\n{"id":6}`);
    const summary = await batch(counting().block, options);
    const results = linesOf(output).sort((a, b) => Number(a.line) - Number(b.line));
    assert.deepEqual(results, [
      { line: 1, usage, costUsd: 0.5, value: { id: 1 } },
      { line: 6, usage, costUsd: 0.5, value: { id: 6 } },
    ]);
    const failed = linesOf(failures).sort((a, b) => Number(a.line) - Number(b.line));
    assert.deepEqual(
      failed.map(({ line, input, error }) => [line, input, (error as { name: string }).name]),
      [
        [3, "not JSON\r", "SyntaxError"],
        [4, '{"id":-4}', "RangeError"],
        [5, '{"id":"x"}', "SchemaMismatchError"],
      ],
    );
    assert.match(JSON.stringify(failed[2]), /"code":"SCHEMA_MISMATCH"/);
    const { durationSeconds, ...rest } = summary;
    assert.ok(durationSeconds > 0);
    assert.deepEqual(rest, {
      lines: 5,
      succeeded: 2,
      failed: 3,
      doneNow: 5,
      usage: { inputTokens: 4, outputTokens: 2, totalTokens: 6 },
      costUsd: 1,
    });
  });

  test("that is done is not done again; lines that were added are", async () => {
    const { input, output, options } = files(ids(1, 2));
    const { block, ran } = counting();
    await batch(block, options);
    const again = await batch(block, options);
    assert.deepEqual([ran.toSorted(), again.doneNow, again.succeeded, again.costUsd], [[1, 2], 0, 2, 1]);
    appendFileSync(input, ids(3));
    assert.equal((await batch(block, options)).doneNow, 1);
    assert.equal(linesOf(output).length, 3);
  });

  test("goes on behind a line that was not written to its end", async () => {
    const { output, failures, options } = files(ids(1, -2, 3));
    const { block } = counting();
    await batch(block, options);
    for (const path of [output, failures]) {
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.slice(0, -4));
    }
    const { doneNow, succeeded, failed } = await batch(block, options);
    assert.deepEqual([doneNow, succeeded, failed], [2, 2, 1]);
    assert.deepEqual(
      linesOf(output)
        .map(({ line }) => line)
        .toSorted(),
      [1, 3],
    );
    assert.deepEqual(
      linesOf(failures).map(({ line }) => line),
      [2],
    );
  });

  test("runs failures again where it is asked to", async () => {
    const { failures, options } = files(ids(1, -2));
    let sign = 1;
    const block = new TestBlock(Item, Item, ({ id }) => {
      if (sign * id < 0) throw new RangeError("negative");
      return { id };
    });
    await batch(block, options);
    assert.equal((await batch(block, options)).doneNow, 0);
    sign = -1;
    const { doneNow, succeeded, failed } = await batch(block, { ...options, retryFailures: true });
    assert.deepEqual([doneNow, succeeded, failed], [1, 2, 0]);
    assert.equal(readFileSync(failures, "utf8"), "");
  });

  test("takes a result that says that it failed for a failure, and keeps it", async () => {
    const { failures, options } = files(ids(1));
    const Operation = Type.Object({ success: Type.Boolean(), reason: Type.String() });
    const value = { success: false, reason: "no such thing" };
    await batch(new TestBlock(Item, Operation, () => value), options);
    const [line] = linesOf(failures);
    assert.deepEqual([line?.value, line?.error], [value, { message: "no such thing" }]);
  });

  test("fails a line that is too long, without holding it, and keeps the next", async () => {
    const long = `{"id":1,"more":"${"x".repeat(1_000_000)}"}`;
    const { failures, options } = files(`${long}\n{"id":2}\n${long}`);
    const { succeeded, failed } = await batch(counting().block, { ...options, maxLineBytes: 1_000 });
    assert.deepEqual([succeeded, failed], [1, 2]);
    assert.ok(readFileSync(failures).length < 1_000);
  });

  test("does not read ahead of its concurrency", async () => {
    const { options } = files(ids(...Array(50).keys()));
    let running = 0;
    let most = 0;
    const block = new TestBlock(Item, Item, async (data) => {
      most = Math.max(most, ++running);
      await delay(1);
      running--;
      return data;
    });
    await batch(block, options);
    assert.equal(most, 3);
  });

  test("does nothing for an empty input", async () => {
    const { options } = files("");
    const { lines, succeeded } = await batch(counting().block, options);
    assert.deepEqual([lines, succeeded], [0, 0]);
  });
});

describe("a batch that stops", () => {
  test("at its signal throws the reason, and what is done stays done", async () => {
    const { output, failures, options } = files(ids(...Array(20).keys()));
    const controller = new AbortController();
    const reason = new Error("stop");
    const block = new TestBlock(Item, Item, async ({ id }, { signal }) => {
      if (id === 10) setTimeout(() => controller.abort(reason), 5);
      if (id >= 10) await delay(60_000, undefined, { signal });
      return { id };
    });
    await assert.rejects(batch(block, { ...options, signal: controller.signal }), reason);
    assert.equal(linesOf(output).length, 10);
    assert.equal(readFileSync(failures, "utf8"), "");
    const { doneNow, succeeded } = await batch(counting().block, options);
    assert.deepEqual([doneNow, succeeded], [10, 20]);
    await assert.rejects(batch(block, { ...options, signal: AbortSignal.abort(reason) }), reason);
  });

  test("after too many failures says so", async () => {
    const { options } = files(ids(...Array.from({ length: 50 }, (_, index) => -1 - index)));
    const { block, ran } = counting();
    await assert.rejects(batch(block, { ...options, maxFailures: 5 }), (error) => {
      return TooManyFailuresError.isInstance(error) && /retryFailures/.test(error.message);
    });
    assert.ok(ran.length < 50);
  });
});
