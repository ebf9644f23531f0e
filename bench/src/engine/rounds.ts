import { median } from "../report/statistics.ts";

/** What two contenders have measured in one round. */
export interface Round<T> {
  readonly first: T;
  readonly second: T;
}

/** Lets two contenders take turns, each first in every other round, so that what disturbs the machine disturbs both. */
export async function takeTurns<T>(
  rounds: number,
  first: () => Promise<T>,
  second: () => Promise<T>,
): Promise<readonly Round<T>[]> {
  const results: Round<T>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      results.push({ first: await first(), second: await second() });
    } else {
      const earlier = await second();
      results.push({ first: await first(), second: earlier });
    }
  }
  return results;
}

/** Two contenders' rates, and the first by the second. */
export interface Comparison extends Round<number> {
  readonly ratio: number;
}

/** Medians of the rates, and the median of the rounds' ratios: a round is short where the machine drifts slowly. */
export function summarize(rounds: readonly Round<number>[]): Comparison {
  return {
    first: median(rounds.map(({ first }) => first)),
    second: median(rounds.map(({ second }) => second)),
    ratio: median(rounds.map(({ first, second }) => first / second)),
  };
}

/** {@link takeTurns} with rates, summed up. */
export async function compare(
  rounds: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<Comparison> {
  return summarize(await takeTurns(rounds, first, second));
}
