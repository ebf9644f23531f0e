import type { CallOptions, InputOf, Schema } from "@conduit/types";
import { isNoOp, type NoOp } from "./no-op.ts";

/** What `run` and `stream` take: data and options, or only options where the input is {@link NoOp}. */
export type RunArguments<I extends Schema> = [I] extends [typeof NoOp]
  ? [options?: CallOptions]
  : [data: InputOf<I>, options?: CallOptions];

/** Tells data and options apart; two arguments are always both, so that callers need not know the input. */
export function splitArguments(
  input: Schema,
  args: readonly unknown[],
): readonly [data: unknown, options: CallOptions] {
  if (!isNoOp(input)) return [args[0], (args[1] as CallOptions | undefined) ?? {}];
  const [data, options] = args.length > 1 ? args : [undefined, args[0]];
  return [data ?? {}, (options as CallOptions | undefined) ?? {}];
}
