/** A way to send a request; resolves when its answer was read. */
export interface Contender {
  readonly name: string;
  send(): Promise<void>;
}

/** Latencies in milliseconds, by contender. */
export type Latencies = ReadonlyMap<string, readonly number[]>;

export interface TimeRequestsOptions {
  readonly rounds: number;
  readonly requestsPerTurn: number;
  /** Requests under way at any time. */
  readonly concurrency: number;
}

/** Lets contenders send requests in turns, each once a round, so that what disturbs the machine disturbs all. */
export async function timeRequests(
  contenders: readonly Contender[],
  { rounds, requestsPerTurn, concurrency }: TimeRequestsOptions,
): Promise<Latencies> {
  const latencies = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  // The first round connects, and lets the code be compiled.
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender === undefined) continue;
      const timed = await timeTurn(contender, requestsPerTurn, concurrency);
      if (round > 0) latencies.get(contender.name)?.push(...timed);
    }
  }
  return latencies;
}

async function timeTurn(contender: Contender, requests: number, concurrency: number): Promise<number[]> {
  const timed: number[] = [];
  let sent = 0;
  const sender = async () => {
    while (sent < requests) {
      sent += 1;
      const startMs = performance.now();
      await contender.send();
      timed.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sender));
  return timed;
}
