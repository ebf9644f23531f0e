import assert from "node:assert/strict";
import { serveModel } from "../demo-model.ts";
import { evaluate } from "../evaluation.ts";
import { realExamples, syntheticExamples } from "../held-out.ts";
import { BARS, share } from "../score.ts";

const CONCURRENCY = 4;
/** Holds the demo model to its bars, less `tolerance`, on so many listings of either kind. */
export async function assertQuality(counts: {
  synthetic: number;
  real: number;
  tolerance: number;
}): Promise<void> {
  const kinds = {
    synthetic: syntheticExamples(counts.synthetic),
    real: await realExamples(counts.real),
  };
  const { lm, toFiles } = await serveModel({ concurrency: CONCURRENCY });
  try {
    for (const [kind, examples] of Object.entries(kinds)) {
      const { scores, mistakes } = await evaluate(toFiles, examples, CONCURRENCY);
      for (const length of ["upTo20", "from21To40"] as const) {
        const right = share(scores[length]);
        console.log(`${kind}, ${length}: ${(100 * right).toFixed(2)} % of ${scores[length].entries} entries`);
        assert.ok(scores[length].entries > 0);
        assert.ok(
          right >= BARS[length] - counts.tolerance,
          JSON.stringify({ kind, length, right, mistakes }, null, 2),
        );
      }
    }
  } finally {
    await lm.dispose();
  }
}
