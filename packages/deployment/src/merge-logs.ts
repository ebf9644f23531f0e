import type { NodeLogLine } from "./deployment.ts";

interface NodeLog {
  readonly nodeName: string;
  /** Its lines, for which nobody waits any longer than the signal says. */
  readonly lines: (signal: AbortSignal) => AsyncIterable<string>;
}

/** The lines of several logs, as they come. */
export async function* mergeLogs(logs: readonly NodeLog[]): AsyncGenerator<NodeLogLine, void, undefined> {
  // A generator that waits for its next line ends only when that comes, unless it is told.
  const left = new AbortController();
  const open = new Map(
    logs.map(({ nodeName, lines }) => [nodeName, lines(left.signal)[Symbol.asyncIterator]()] as const),
  );
  const iterators = [...open.values()];
  const arrived: { readonly nodeName: string; readonly next: Promise<IteratorResult<string>> }[] = [];
  let arrival = Promise.withResolvers<void>();
  const ask = (nodeName: string, iterator: AsyncIterator<string>) => {
    const next = iterator.next();
    const arrive = () => {
      arrived.push({ nodeName, next });
      arrival.resolve();
    };
    next.then(arrive, arrive);
  };
  for (const [nodeName, iterator] of open) ask(nodeName, iterator);
  try {
    while (open.size > 0) {
      const first = arrived.shift();
      if (first === undefined) {
        // Not a race of all logs: what waits for a silent one would grow with each line of the others.
        await arrival.promise;
        arrival = Promise.withResolvers<void>();
        continue;
      }
      const { nodeName, next } = first;
      const result = await next;
      const iterator = open.get(nodeName);
      if (result.done === true || iterator === undefined) {
        open.delete(nodeName);
        continue;
      }
      ask(nodeName, iterator);
      yield { nodeName, line: result.value };
    }
  } finally {
    left.abort();
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}
