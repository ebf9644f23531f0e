import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fails, runKilledBatches } from "../testing/killed-batches.ts";

const LINES = 100_000;
const KILLS = 20;
const MAX_MEMORY_BYTES = 150_000_000;

test("100,000 lines, killed 20 times, are each done exactly once, within 150 MB", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "conduit-batch-"));
  try {
    const { kills, summary, peakMemoryBytes, succeeded, failed } = await runKilledBatches({
      folder,
      lines: LINES,
      kills: KILLS,
    });
    t.diagnostic(
      `${kills} kills, ${summary.doneNow} lines in the last run, peak memory ${(peakMemoryBytes / 1e6).toFixed(1)} MB`,
    );
    assert.equal(kills, KILLS);
    const numbers = [...succeeded, ...failed];
    assert.equal(numbers.length, LINES);
    assert.equal(new Set(numbers).size, LINES);
    assert.ok(numbers.every((line) => Number.isInteger(line) && line >= 1 && line <= LINES));
    assert.ok(failed.every(fails) && !succeeded.some(fails));
    assert.equal(summary.usage.totalTokens, 2 * (LINES - Math.floor(LINES / 97)));
    assert.ok(peakMemoryBytes < MAX_MEMORY_BYTES, `${peakMemoryBytes} bytes`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
