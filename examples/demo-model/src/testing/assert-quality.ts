import assert from "node:assert/strict";
import { serveModel } from "../demo-model.ts";
import { evaluate } from "../evaluation.ts";
import type { Example } from "../example.ts";
import { type BARS, share } from "../score.ts";

const CONCURRENCY = 4;

/** What the demo model is asked, and the least share of entries that have to be right. */
export interface QualityTest {
  readonly name: string;
  readonly examples: readonly Example[];
  readonly bars: typeof BARS;
}

/** Holds the demo model to the bars of each test. */
export async function assertQuality(tests: readonly QualityTest[]): Promise<void> {
  const { lm, toFiles } = await serveModel({ concurrency: CONCURRENCY });
  try {
    for (const { name, examples, bars } of tests) {
      const { scores, mistakes } = await evaluate(toFiles, examples, CONCURRENCY);
      for (const length of ["upTo20", "from21To40"] as const) {
        if (scores[length].listings === 0) continue;
        const right = share(scores[length]);
        console.log(`${name}, ${length}: ${(100 * right).toFixed(2)} % of ${scores[length].entries} entries`);
        assert.ok(right >= bars[length], JSON.stringify({ name, length, right, mistakes }, null, 2));
      }
    }
  } finally {
    await lm.dispose();
  }
}
