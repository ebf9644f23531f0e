import { type BlockContext, contextWith, hasSignal } from "../block-context.ts";

/**
 * Runs parts in a context of their own, which `abort` ends without ending the whole. What parts tell after that reaches nobody,
 * save what they used: it is paid.
 */
export async function inScope<T>(
  context: BlockContext,
  run: (scope: BlockContext, abort: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { emit } = context;
  let isOver = false;
  const scope = contextWith(context, {
    signal: controller.signal,
    emit(event) {
      if (!isOver || event.type === "usage") emit(event);
    },
  });
  const canAbort = hasSignal(context);
  const onAbort = (): void => controller.abort(context.signal.reason);
  if (canAbort) {
    context.signal.throwIfAborted();
    context.signal.addEventListener("abort", onAbort, { once: true });
  }
  try {
    return await run(scope, (reason) => controller.abort(reason));
  } finally {
    isOver = true;
    if (canAbort) context.signal.removeEventListener("abort", onAbort);
  }
}
