import { isDeepStrictEqual } from "node:util";
import type { Files } from "@conduit-examples/shell-to-files/files";
import type { Example } from "./example.ts";

/** How many entries of listings of a length were answered right. */
export interface Tally {
  listings: number;
  entries: number;
  /** Entries of which name, bytes and date are right, in the order of the listing. */
  right: number;
  /** Those of them that are at the very place: behind a line that was left out, none is. */
  inPlace: number;
  /** Entries that the listing does not have. */
  extra: number;
  /** Listings without any mistake. */
  perfect: number;
}

/** The least share of entries that has to be right, by the length of the listing. */
export const BARS = { upTo20: 0.97, from21To40: 0.9 };

export type Scores = Record<keyof typeof BARS, Tally>;

export interface Mistake {
  readonly expected: Files["files"][number] | undefined;
  readonly found: Files["files"][number] | undefined;
}

export const newScores = (): Scores => ({
  upTo20: { listings: 0, entries: 0, right: 0, inPlace: 0, extra: 0, perfect: 0 },
  from21To40: { listings: 0, entries: 0, right: 0, inPlace: 0, extra: 0, perfect: 0 },
});

/** Adds an answer to the scores, and gives the first entry that is not right. */
export function score(scores: Scores, { answer }: Example, { files: found }: Files): Mistake | undefined {
  const expected = answer.files;
  const tally = expected.length <= 20 ? scores.upTo20 : scores.from21To40;
  const wrong = expected.flatMap((file, index) => (isDeepStrictEqual(file, found[index]) ? [] : [index]));
  tally.listings += 1;
  tally.entries += expected.length;
  tally.right += countInOrder(expected, found);
  tally.inPlace += expected.length - wrong.length;
  tally.extra += Math.max(0, found.length - expected.length);
  const first = wrong[0] ?? (found.length > expected.length ? expected.length : undefined);
  if (first === undefined) tally.perfect += 1;
  return first === undefined ? undefined : { expected: expected[first], found: found[first] };
}

/** Length of the longest common subsequence. */
function countInOrder(expected: Files["files"], found: Files["files"]): number {
  let counts = Array<number>(found.length + 1).fill(0);
  for (const file of expected) {
    const next = [0];
    for (const [index, other] of found.entries()) {
      const both = isDeepStrictEqual(file, other) ? (counts[index] ?? 0) + 1 : 0;
      next.push(Math.max(both, counts[index + 1] ?? 0, next[index] ?? 0));
    }
    counts = next;
  }
  return counts.at(-1) ?? 0;
}

/** Right entries of all; an entry that the listing does not have counts against it. */
export function share({ entries, right, extra }: Tally): number {
  return entries + extra === 0 ? 1 : right / (entries + extra);
}
