import type { Schema, StandardJsonSchema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { InputData, OutputData } from "../fields.ts";
import type { NoOp } from "../no-op.ts";
import { ParallelBlock } from "./parallel-block.ts";

/** Blocks by the names that their results get. */
export type ParallelParts = Readonly<Record<string, Block>>;

/** The block that runs all parts: its data are data of each, its result has that of each. */
export type Parallel<Parts extends ParallelParts> = Block<
  ParallelInput<Parts>,
  StandardJsonSchema<{ [Name in keyof Parts]: OutputData<Parts[Name]> }>
>;

type ParallelInput<Parts extends ParallelParts> = [Parts[keyof Parts]["input"]] extends [typeof NoOp]
  ? typeof NoOp
  : StandardJsonSchema<AllInputs<Parts>, unknown> & Schema;

/** What is data of every part. */
type AllInputs<Parts extends ParallelParts> = {
  [Name in keyof Parts]: (data: DataOf<Parts[Name]>) => void;
}[keyof Parts] extends (data: infer Data) => void
  ? Data
  : never;

type DataOf<Part extends Block> = [Part["input"]] extends [typeof NoOp] ? unknown : InputData<Part>;

/**
 * A block that runs several at once on the same data, and gives a record of their results. Parts whose input is {@link NoOp} are run
 * beside. When one throws, the others are aborted.
 *
 * Data are validated by the schema of each part; where all have the same, once. A stream has the progress and usage of all parts, and
 * as partial result what there is of each.
 *
 * @throws what the first part to fail throws; the signal's reason.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const both = parallel({ once: shell, again: shell });
 * const { once, again } = await both.run({ shellCommand: "echo hello" });
 * console.log(once.stdout === again.stdout); // true
 * ```
 */
export function parallel<Parts extends ParallelParts>(parts: Parts): Parallel<Parts> {
  return new ParallelBlock(parts) as Block as Parallel<Parts>;
}
