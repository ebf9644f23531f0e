import type { Block } from "../block.ts";
import type { InputData, Misfit, OutputData } from "../fields.ts";
import { FallbackBlock } from "./fallback-block.ts";

/** Blocks that can stand in for `First`. Of one that cannot, it is asked to be a sentence that says why. */
export type StandIns<First extends Block, Others extends readonly Block[]> = {
  [Index in keyof Others]: Others[Index] & StandIn<First, Others[Index]>;
};

type StandIn<First extends Block, Other extends Block> = [InputData<First>] extends [InputData<Other>]
  ? [OutputData<Other>] extends [OutputData<First>]
    ? unknown
    : Misfit<OutputData<Other>, OutputData<First>, "this block's output", "what follows the first block">
  : Misfit<InputData<First>, InputData<Other>, "the first block's input", "this block's input">;

/**
 * The first block, and where it fails the next one: another model, another provider, a default. A block fails when it throws, or gives a
 * result whose `success` is `false`. When all fail, the result of the last
 * is given where it has one.
 *
 * A stream tells of each change; partial results start from nothing with it.
 *
 * @throws {@link AllBlocksFailedError} when all failed and the last one threw; the signal's reason.
 *
 * @example
 * ```ts
 * const bash = new SystemCommandBlock(SupportsShellCommand, { shell: "/nowhere/bash" });
 * const sh = new SystemCommandBlock(SupportsShellCommand);
 * const { stdout } = await fallback(bash, sh).run({ shellCommand: "echo hello" });
 * console.log(stdout.trim()); // hello
 * ```
 */
export function fallback<First extends Block, Others extends readonly [Block, ...Block[]]>(
  first: First,
  ...others: StandIns<First, Others>
): Block<First["input"], First["output"]> {
  return new FallbackBlock(first, others as unknown as readonly Block[]) as Block as Block<
    First["input"],
    First["output"]
  >;
}
