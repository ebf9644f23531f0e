// node src/generate.ts --seed 1 --least 0 --most 40 --count 1000
//
// Writes examples as lines of JSON: the messages that Conduit sends for a listing, and the answer that is right.
import { parseArgs } from "node:util";
import { exampleOf } from "./example.ts";
import { HELD_OUT_SEEDS } from "./held-out-seeds.ts";
import { answerText, messagesOf, PHRASINGS } from "./prompt.ts";
import { Random } from "./random.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "10" },
    least: { type: "string", default: "0" },
    most: { type: "string", default: "40" },
  },
});
const [seed, count, least, most] = [values.seed, values.count, values.least, values.most].map(Number) as [
  number,
  number,
  number,
  number,
];
const { first, last } = HELD_OUT_SEEDS;
if (seed >= first && seed <= last)
  throw new Error(`expected a seed outside ${first} to ${last}, found ${seed}`);
const random = new Random(seed);

// Whoever reads may have enough before the end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

let lines: string[] = [];
for (let index = 0; index < count; index++) {
  const { listing, answer } = exampleOf(random, random.int(least, most));
  const messages = messagesOf(random.pick(PHRASINGS), listing);
  lines.push(JSON.stringify({ messages, answer: answerText(answer) }));
  if (lines.length < 100 && index + 1 < count) continue;
  const text = `${lines.join("\n")}\n`;
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  lines = [];
}
