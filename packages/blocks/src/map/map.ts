import type { InputOf, OutputOf, Schema, StandardJsonSchema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { RunOptions } from "../run-arguments.ts";
import { MapBlock } from "./map-block.ts";
import type { MapOptions } from "./map-options.ts";

/** A block over many items. */
export interface MappedBlock<I extends Schema, O extends Schema>
  extends Block<
    StandardJsonSchema<readonly InputOf<I>[], readonly OutputOf<I>[]>,
    StandardJsonSchema<OutputOf<O>[]>
  > {
  /**
   * Runs the block on the items of a source, perhaps endless, and gives the results in their order. Reads at most `concurrency` items
   * ahead of the result that is read next. Leaving the loop aborts what is under way and closes the source.
   *
   * @throws what the source throws, or the block at the first item that fails, after the results before it; the signal's reason.
   */
  over(
    source: AsyncIterable<InputOf<I>> | Iterable<InputOf<I>>,
    options?: RunOptions,
  ): AsyncGenerator<OutputOf<O>, void, undefined>;
}

/**
 * A block that takes an array and runs another one on each item, some at a time; results come in the items' order. All items are
 * validated before the first is run. When one throws, the others are aborted. `over` does the same for async iterables.
 *
 * A stream tells how many are done, and has the usage of all.
 *
 * @throws {@link InvalidBlockOptionsError}; what the block throws at the first item that fails; the signal's reason.
 *
 * @example
 * ```ts
 * const each = map(new SystemCommandBlock(SupportsShellCommand), { concurrency: 2 });
 * const operations = await each.run([{ shellCommand: "echo a" }, { shellCommand: "echo b" }]);
 * console.log(operations.map(({ stdout }) => stdout.trim())); // [ 'a', 'b' ]
 *
 * async function* commands() {
 *   for (let number = 1; ; number++) yield { shellCommand: `echo ${number}` };
 * }
 * for await (const { stdout } of each.over(commands())) if (stdout === "3\n") break;
 * ```
 */
export function map<B extends Block>(
  block: B,
  options: MapOptions = {},
): MappedBlock<B["input"], B["output"]> {
  return new MapBlock(block, options) as Block as MappedBlock<B["input"], B["output"]>;
}
