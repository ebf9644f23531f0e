// node src/evaluate.ts [--model <folder>] [--synthetic 500] [--real 100] [--checkout 100] [--mistakes 10]
//
// Asks the model for the files of listings that it has not seen, as a user of Conduit does, and counts what is right. Ends with exit code 1
// where a bar is missed.
import { parseArgs } from "node:util";
import { checkoutExamples } from "./checkout-listings.ts";
import { DEMO_MODEL, serveModel } from "./demo-model.ts";
import { evaluate } from "./evaluation.ts";
import { type Example, exampleOf } from "./example.ts";
import { realExamples, syntheticExamples } from "./held-out.ts";
import { HELD_OUT_SEEDS } from "./held-out-seeds.ts";
import { Random } from "./random.ts";
import { BARS, type Scores, share } from "./score.ts";

const CONCURRENCY = 4;
const TIMED_LISTINGS = 11;
/** Longest time that a listing of 20 entries may take on 2 cores. */
const MOST_SECONDS = 2;

const { values } = parseArgs({
  options: {
    model: { type: "string", default: DEMO_MODEL },
    synthetic: { type: "string", default: "500" },
    real: { type: "string", default: "100" },
    checkout: { type: "string", default: "100" },
    mistakes: { type: "string", default: "10" },
  },
});

const { lm, toFiles } = await serveModel({ model: values.model, concurrency: CONCURRENCY });
try {
  await report(`${values.synthetic} synthetic listings`, syntheticExamples(Number(values.synthetic)));
  await report(`${values.real} listings of the real ls`, await realExamples(Number(values.real)));
  await report(
    `${values.checkout} listings of this checkout`,
    checkoutExamples(HELD_OUT_SEEDS.last, Number(values.checkout)),
  );
  const seconds = await secondsOfTwenty();
  if ((seconds.at(-1) ?? 0) > MOST_SECONDS) process.exitCode = 1;
  console.log(
    `20 entries: median ${seconds[(TIMED_LISTINGS - 1) / 2]?.toFixed(2)} s, longest ${seconds.at(-1)?.toFixed(2)} s ` +
      `(${TIMED_LISTINGS} listings, one after the other)`,
  );
} finally {
  await lm.dispose();
}

async function report(title: string, examples: readonly Example[]): Promise<void> {
  const { scores, mistakes } = await evaluate(toFiles, examples, CONCURRENCY);
  console.log(`${title}, entries right in name, bytes and date:`);
  for (const [length, bar] of Object.entries(BARS)) {
    const { listings, entries, right, inPlace, extra, perfect } = scores[length as keyof Scores];
    if (listings === 0) continue;
    const reached = share(scores[length as keyof Scores]);
    if (reached < bar) process.exitCode = 1;
    const counts = `${right} of ${entries} (${inPlace} in place), ${extra} too many; ${perfect} of ${listings} listings without a mistake`;
    console.log(
      `  ${length.padEnd(10)} ${(100 * reached).toFixed(2).padStart(6)} % (bar ${100 * bar} %): ${counts}`,
    );
  }
  for (const { expected, found } of mistakes.slice(0, Number(values.mistakes)))
    console.log(`  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`);
}

async function secondsOfTwenty(): Promise<readonly number[]> {
  const random = new Random(20);
  const seconds: number[] = [];
  for (let index = 0; index < TIMED_LISTINGS; index++) {
    const { listing } = exampleOf(random, 20);
    const started = performance.now();
    await toFiles.run({ listing });
    seconds.push((performance.now() - started) / 1000);
  }
  return seconds.toSorted((a, b) => a - b);
}
