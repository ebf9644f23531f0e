import { type Example, exampleOf } from "./example.ts";
import { HELD_OUT_SEEDS } from "./held-out-seeds.ts";
import { Random } from "./random.ts";
import { realExample } from "./real-listings.ts";

/** Longest listing that the model is made for. */
const MOST_ENTRIES = 40;

/** Listings that the model has not seen, of 0 to 40 entries in equal parts. */
export function syntheticExamples(count: number): Example[] {
  const random = new Random(HELD_OUT_SEEDS.first);
  return Array.from({ length: count }, (_, index) => exampleOf(random, index % (MOST_ENTRIES + 1)));
}

/** What the real `ls` prints of folders made for it, of up to 40 entries. */
export async function realExamples(count: number): Promise<Example[]> {
  const examples: Example[] = [];
  for (let index = 0; index < count; index++) {
    examples.push(await realExample(HELD_OUT_SEEDS.first + index, (index * 17) % (MOST_ENTRIES + 1)));
  }
  return examples;
}
