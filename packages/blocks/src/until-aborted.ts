import { type BlockContext, hasSignal } from "./block-context.ts";

/**
 * Resolves to what `work` resolves to, or rejects with the signal's reason as soon as it fires, whether or not `work`
 * looks at the signal itself.
 */
export async function untilAborted<T>(
  context: Pick<BlockContext, "signal">,
  work: () => Promise<T>,
): Promise<T> {
  if (!hasSignal(context)) return work();
  const { signal } = context;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  // Added before the work starts, so that the reason comes before whatever the work makes of it.
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
