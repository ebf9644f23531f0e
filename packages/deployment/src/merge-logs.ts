import type { NodeLogLine } from "./deployment.ts";

/** The lines of several logs, as they come. */
export async function* mergeLogs(
  logs: readonly { readonly nodeName: string; readonly lines: AsyncIterable<string> }[],
): AsyncGenerator<NodeLogLine, void, undefined> {
  const iterators = new Map(
    logs.map(({ nodeName, lines }) => [nodeName, lines[Symbol.asyncIterator]()] as const),
  );
  const next = (nodeName: string, iterator: AsyncIterator<string>) =>
    iterator.next().then((result) => ({ nodeName, result }));
  const pending = new Map([...iterators].map(([name, iterator]) => [name, next(name, iterator)]));
  try {
    while (pending.size > 0) {
      const { nodeName, result } = await Promise.race(pending.values());
      const iterator = iterators.get(nodeName);
      if (result.done === true || iterator === undefined) {
        pending.delete(nodeName);
        continue;
      }
      pending.set(nodeName, next(nodeName, iterator));
      yield { nodeName, line: result.value };
    }
  } finally {
    for (const promise of pending.values()) promise.catch(() => {});
    await Promise.allSettled([...iterators.values()].map((iterator) => iterator.return?.()));
  }
}
