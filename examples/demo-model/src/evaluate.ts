// node src/evaluate.ts [--model <folder>] [--synthetic 500] [--real 100] [--mistakes 10]
//
// Asks the model for the files of listings that it has not seen, as a user of Conduit does, and counts what is right.
import { parseArgs } from "node:util";
import { DEMO_MODEL, serveModel } from "./demo-model.ts";
import { evaluate } from "./evaluation.ts";
import { type Example, exampleOf } from "./example.ts";
import { realExamples, syntheticExamples } from "./held-out.ts";
import { Random } from "./random.ts";
import { share } from "./score.ts";

const CONCURRENCY = 4;
const TIMED_LISTINGS = 11;

const { values } = parseArgs({
  options: {
    model: { type: "string", default: DEMO_MODEL },
    synthetic: { type: "string", default: "500" },
    real: { type: "string", default: "100" },
    mistakes: { type: "string", default: "10" },
  },
});

const { lm, toFiles } = await serveModel({ model: values.model, concurrency: CONCURRENCY });
try {
  await report(`${values.synthetic} synthetic listings`, syntheticExamples(Number(values.synthetic)));
  await report(`${values.real} listings of the real ls`, await realExamples(Number(values.real)));
  const seconds = await secondsOfTwenty();
  console.log(
    `20 entries: median ${seconds[TIMED_LISTINGS >> 1]?.toFixed(2)} s, longest ${seconds.at(-1)?.toFixed(2)} s ` +
      `(${TIMED_LISTINGS} listings, one after the other)`,
  );
} finally {
  await lm.dispose();
}

async function report(title: string, examples: readonly Example[]): Promise<void> {
  const { scores, mistakes } = await evaluate(toFiles, examples, CONCURRENCY);
  console.log(`${title}, entries right in name, bytes and date:`);
  for (const [name, tally] of Object.entries(scores)) {
    const percent = (100 * share(tally)).toFixed(2).padStart(6);
    const counts = `${tally.right} of ${tally.entries} in ${tally.listings} listings, ${tally.extra} too many`;
    console.log(`  ${name.padEnd(10)} ${percent} %  (${counts})`);
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
