import { untilAborted } from "../until-aborted.ts";

export interface InOrderOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly work: (item: unknown, signal: AbortSignal) => Promise<unknown>;
}

/** What a read of the source came to. */
type Read = { readonly item: IteratorResult<unknown> } | { readonly failure: unknown };

/**
 * Works on several items at a time and gives the results in the items' order, reading no further ahead than that. A failure, of an item
 * or of the source, comes where its result would.
 */
export async function* inOrder(
  source: AsyncIterable<unknown> | Iterable<unknown>,
  { concurrency, signal: outerSignal, work }: InOrderOptions,
): AsyncGenerator<unknown, void, undefined> {
  outerSignal?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const onAbort = (): void => controller.abort(outerSignal?.reason);
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const running: Promise<unknown>[] = [];
  let reading: Promise<Read> | undefined;
  let last: Read | undefined;
  try {
    outerSignal?.addEventListener("abort", onAbort, { once: true });
    while (true) {
      if (last === undefined && running.length < concurrency) reading ??= readFrom(iterator);
      const [oldest] = running;
      if (oldest === undefined && last !== undefined) {
        if ("failure" in last) throw last.failure;
        return;
      }
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
      const read = await reading;
      reading = undefined;
      if (read !== undefined && "item" in read && read.item.done !== true) {
        running.push(quietly(work(read.item.value, signal)));
      } else {
        last = read;
      }
    }
  } finally {
    outerSignal?.removeEventListener("abort", onAbort);
    controller.abort(new DOMException("Nobody reads the results any more.", "AbortError"));
    // A source that is being read may never answer, so nobody waits for it.
    if (last === undefined) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

async function readFrom(iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<Read> {
  try {
    return { item: await iterator.next() };
  } catch (failure) {
    return { failure };
  }
}

/** A promise whose failure is heard of when it is waited for, and is no unhandled one before. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
