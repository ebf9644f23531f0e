import type { Schema } from "@conduit/types";
import { type Block, execute } from "./block.ts";
import { type BlockContext, withoutPartials } from "./block-context.ts";
import type { InputData, OutputData } from "./fields.ts";

/**
 * Runs a block from within `forward` of another one, as a part of it: what it uses counts as used by the whole, progress is passed on,
 * the signal ends both, and observers see it where it is. Partial results are not passed on.
 *
 * @throws what the block's `run` would throw.
 *
 * @example
 * ```ts
 * class TwiceBlock extends Block<typeof SupportsShellCommand, typeof SystemCommandOperation> {
 *   readonly shell = new SystemCommandBlock(SupportsShellCommand);
 *
 *   constructor() {
 *     super(SupportsShellCommand, SystemCommandOperation);
 *   }
 *
 *   protected override async forward(data: SupportsShellCommand, context: BlockContext) {
 *     await runPart(this.shell, data, context);
 *     return runPart(this.shell, data, context);
 *   }
 * }
 *
 * const { stdout } = await new TwiceBlock().run({ shellCommand: "echo hello" });
 * console.log(stdout.trim()); // hello
 * ```
 */
export async function runPart<Part extends Block, O extends Schema>(
  part: Part,
  data: InputData<Part>,
  context: BlockContext<O>,
): Promise<OutputData<Part>> {
  const { value } = await part[execute](data, withoutPartials(context as BlockContext));
  return value as OutputData<Part>;
}
