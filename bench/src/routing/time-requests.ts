/** A way to send a request; resolves when its answer was read. */
export interface Contender {
  readonly name: string;
  send(): Promise<void>;
}

/** What a contender's requests took. */
export interface Samples {
  readonly name: string;
  /** Of each request. */
  readonly latenciesMs: readonly number[];
  /** Of each turn: the time for which this process computed, by the number of requests. */
  readonly cpuMsPerRequest: readonly number[];
}

export interface TimeRequestsOptions {
  readonly rounds: number;
  /** Rounds before those, in which connections are made and code is compiled. */
  readonly warmUpRounds: number;
  readonly requestsPerTurn: number;
  /** Requests under way at any time. */
  readonly concurrency: number;
}

/** Lets contenders send requests in turns, each once a round, so that what disturbs the machine disturbs all. */
export async function timeRequests(
  contenders: readonly Contender[],
  { rounds, warmUpRounds, requestsPerTurn, concurrency }: TimeRequestsOptions,
): Promise<readonly Samples[]> {
  const timed = contenders.map((contender) => {
    return { contender, latenciesMs: [] as number[], cpuMsPerRequest: [] as number[] };
  });
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    // Turns start elsewhere each round, so that nobody always follows the same one.
    for (let turn = 0; turn < timed.length; turn += 1) {
      const entry = timed[(round + turn) % timed.length];
      if (entry === undefined) continue;
      const before = process.cpuUsage();
      const latenciesMs = await timeTurn(entry.contender, requestsPerTurn, concurrency);
      const { user, system } = process.cpuUsage(before);
      if (round < warmUpRounds) continue;
      entry.latenciesMs.push(...latenciesMs);
      entry.cpuMsPerRequest.push((user + system) / 1_000 / requestsPerTurn);
    }
  }
  return timed.map(({ contender, ...samples }) => ({ name: contender.name, ...samples }));
}

async function timeTurn(contender: Contender, requests: number, concurrency: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  let sent = 0;
  const sender = async () => {
    while (sent < requests) {
      sent += 1;
      const startMs = performance.now();
      await contender.send();
      latenciesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sender));
  return latenciesMs;
}
