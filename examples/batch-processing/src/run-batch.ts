import { type CallOptions, ConduitError } from "@conduit/types";

/** What became of one input. */
export type Outcome<I, O> =
  | { readonly success: true; readonly input: I; readonly output: O }
  | {
      readonly success: false;
      readonly input: I;
      /** Stable code of what it failed with. */
      readonly code: string;
      readonly reason: string;
    };

export interface BatchOptions extends CallOptions {
  readonly say: (line: string) => void;
}

/** Runs all inputs at once. What fails is an outcome like any other, and fails nothing else; only the signal ends it before. */
export async function runBatch<I, O>(
  inputs: readonly I[],
  run: (input: I) => Promise<O>,
  { signal, say }: BatchOptions,
): Promise<readonly Outcome<I, O>[]> {
  const codes: string[] = [];
  let done = 0;
  return Promise.all(
    inputs.map(async (input) => {
      const outcome = await outcomeOf(input);
      if (!outcome.success) codes.push(outcome.code);
      done++;
      if (done % 10 === 0 || done === inputs.length) say(`${done} of ${inputs.length} done, ${told(codes)}`);
      return outcome;
    }),
  );

  async function outcomeOf(input: I): Promise<Outcome<I, O>> {
    try {
      return { success: true, input, output: await run(input) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!ConduitError.isInstance(error)) throw error;
      return { success: false, input, code: error.code, reason: error.message };
    }
  }
}

/** `3 failed (2 OUTPUT_TRUNCATED, 1 ENDPOINT)` */
function told(codes: readonly string[]): string {
  const counts = [...Map.groupBy(codes, (code) => code)].map(([code, { length }]) => `${length} ${code}`);
  return codes.length === 0 ? "0 failed" : `${codes.length} failed (${counts.join(", ")})`;
}
