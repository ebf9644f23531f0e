import { untilAborted } from "../until-aborted.ts";

export interface InOrderOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly work: (item: unknown, signal: AbortSignal) => Promise<unknown>;
}

/** Works on several items at a time and gives the results in the items' order, reading no further ahead than that. */
export async function* inOrder(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  { concurrency, signal: outerSignal, work }: InOrderOptions,
): AsyncGenerator<unknown, void, undefined> {
  outerSignal?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const onAbort = (): void => controller.abort(outerSignal?.reason);
  outerSignal?.addEventListener("abort", onAbort, { once: true });
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const running: Promise<unknown>[] = [];
  let reading: Promise<IteratorResult<unknown>> | undefined;
  let isRead = false;
  try {
    while (true) {
      if (!isRead && running.length < concurrency) reading ??= quietly(nextOf(iterator));
      const [oldest] = running;
      if (oldest === undefined && reading === undefined) return;
      // A slow source must not keep a result that is there, nor a slow item the source.
      const first = await untilAborted({ signal }, () => {
        // Made only where somebody waits for them: each fails with what it is made of.
        const pending = [oldest?.then(() => "result"), reading?.then(() => "item")];
        return Promise.race(pending.filter((promise) => promise !== undefined));
      });
      if (first === "result") {
        yield await running.shift();
        continue;
      }
      const item = await reading;
      reading = undefined;
      if (item === undefined || item.done === true) isRead = true;
      else running.push(quietly(work(item.value, signal)));
    }
  } finally {
    outerSignal?.removeEventListener("abort", onAbort);
    controller.abort(new DOMException("Nobody reads the results any more.", "AbortError"));
    // A source that is being read may never answer, so nobody waits for it.
    if (!isRead) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

async function nextOf(
  iterator: AsyncIterator<unknown> | Iterator<unknown>,
): Promise<IteratorResult<unknown>> {
  return iterator.next();
}

/** A promise whose failure is heard of when it is waited for, and is no unhandled one before. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
