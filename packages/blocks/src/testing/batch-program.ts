// node batch-program.ts <input> <output>: a batch of a block that is quick, sometimes fails, and tells of usage.
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import { batch } from "../index.ts";
import { TestBlock } from "./blocks.ts";

const Item = Type.Object({ id: Type.Integer() });
const [input = "", output = ""] = process.argv.slice(2);

const block = new TestBlock(Item, Item, async ({ id }, { emit }) => {
  if (id % 3 === 0) await delay(id % 5);
  emit({ type: "usage", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, model: "m" });
  if (id % 89 === 0) throw new RangeError(`${id} is one of those that fail`);
  return { id };
});

const prices = { m: { inputUsdPerMillion: 1, outputUsdPerMillion: 1 } };
const summary = await batch(block, { input, output, concurrency: 16, progress: "none", prices });
const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ summary, peakMemoryBytes }));
