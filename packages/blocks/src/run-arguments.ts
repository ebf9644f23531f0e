import type { CallOptions, InputOf, Schema } from "@conduit/types";
import type { NoOp } from "./no-op.ts";
import type { BlockObserver } from "./observe/block-observer.ts";

/** Options of `run` and `stream`. */
export interface RunOptions extends CallOptions {
  /** What hears of the block and its parts, besides what {@link observeBlocks} registered. */
  readonly observers?: readonly BlockObserver[] | undefined;
}

/** What `run` and `stream` take: data and options, or only options where the input is {@link NoOp}. */
export type RunArguments<I extends Schema> = [I] extends [typeof NoOp]
  ? [options?: RunOptions]
  : [data: InputOf<I>, options?: RunOptions];

/** Tells data and options apart; two arguments are always both, so that callers need not know the input. */
export function splitArguments(
  takesNoData: boolean,
  args: readonly unknown[],
): readonly [data: unknown, options: RunOptions] {
  if (!takesNoData) return [args[0], (args[1] as RunOptions | undefined) ?? {}];
  const [data, options] = args.length > 1 ? args : [undefined, args[0]];
  return [data ?? {}, (options as RunOptions | undefined) ?? {}];
}
