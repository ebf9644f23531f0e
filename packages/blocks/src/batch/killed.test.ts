import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fails, runKilledBatches } from "../testing/killed-batches.ts";

test("a batch that is killed again and again does each line exactly once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conduit-batch-"));
  try {
    const lines = 5_000;
    const { summary, succeeded, failed } = await runKilledBatches({ folder, lines, kills: 5 });
    const all = Array.from({ length: lines }, (_, index) => index + 1);
    const byNumber = (a: number, b: number): number => a - b;
    assert.deepEqual(
      succeeded.toSorted(byNumber),
      all.filter((line) => !fails(line)),
    );
    assert.deepEqual(failed.toSorted(byNumber), all.filter(fails));
    assert.deepEqual(
      [summary.lines, summary.succeeded, summary.failed],
      [lines, succeeded.length, failed.length],
    );
    // What was not JSON used nothing; of the others each is counted once.
    assert.equal(summary.usage.totalTokens, 2 * all.filter((line) => line % 97 !== 0).length);
    assert.ok(Math.abs((summary.costUsd ?? 0) - summary.usage.totalTokens / 1e6) < 1e-9);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
