import { type InferenceBlock, OutputTruncatedError } from "@conduit/lm-lite";
import type { Files, Listing } from "@conduit-examples/shell-to-files/files";
import type { Example } from "./example.ts";
import { type Mistake, newScores, type Scores, score } from "./score.ts";

export interface Evaluation {
  readonly scores: Scores;
  /** Of each listing with a mistake, the first one. */
  readonly mistakes: readonly Mistake[];
}

/** Asks for the files of each listing, several at a time, and counts what is right. */
export async function evaluate(
  toFiles: InferenceBlock<typeof Listing, typeof Files>,
  examples: readonly Example[],
  concurrency: number,
): Promise<Evaluation> {
  const scores = newScores();
  const mistakes: Mistake[] = [];
  const left = examples.values();
  const work = async () => {
    for (const example of left) {
      const mistake = score(scores, example, await filesOf(toFiles, example.listing));
      if (mistake !== undefined) mistakes.push(mistake);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { scores, mistakes };
}

/** An answer that does not come to its end has no entry right. */
async function filesOf(
  toFiles: InferenceBlock<typeof Listing, typeof Files>,
  listing: string,
): Promise<Files> {
  try {
    return await toFiles.run({ listing });
  } catch (error) {
    if (OutputTruncatedError.isInstance(error)) return { files: [] };
    throw error;
  }
}
