import type { Block } from "../block.ts";
import { CacheBlock } from "./cache-block.ts";
import type { CacheOptions } from "./cache-options.ts";

/**
 * The block, which runs once for equal data and gives the result again after that; runs that begin before the first has ended do the
 * work as well. Equal is what the input schema makes equal: the key
 * is the validated data, whatever the order of their keys.
 *
 * Results are kept as JSON and validated again when they are used, so that a change of the output schema makes them void. Those whose
 * `success` is `false` are not kept, nor are failures; data that are not JSON always run.
 *
 * @throws {@link InvalidBlockOptionsError}; what the block throws; what the store throws.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const once = cache(shell, { store: new MemoryCache({ maxEntries: 100 }) });
 * const first = await once.run({ shellCommand: "echo $RANDOM $$" });
 * const second = await once.run({ shellCommand: "echo $RANDOM $$" });
 * console.log(first.stdout === second.stdout); // true
 * ```
 */
export function cache<B extends Block>(block: B, options: CacheOptions = {}): Block<B["input"], B["output"]> {
  return new CacheBlock(block, options) as Block as Block<B["input"], B["output"]>;
}
