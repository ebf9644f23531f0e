import type { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { WrappedBlock } from "../composed/composed-block.ts";
import { inScope } from "../composed/in-scope.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { requireSeconds } from "../option-checks.ts";
import { untilAborted } from "../until-aborted.ts";
import type { Validated } from "../validated.ts";
import { BlockTimeoutError } from "./block-timeout-error.ts";

/**
 * The block, ended when it takes too long: its signal fires, and whether or not it looks at that, this one throws.
 *
 * @throws {@link BlockTimeoutError} after `timeoutSeconds`; {@link InvalidBlockOptionsError}; what the block throws.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const quick = timeout(shell, 0.05);
 * const error = await quick.run({ shellCommand: "sleep 10" }).catch((error: unknown) => error);
 * console.log(BlockTimeoutError.isInstance(error)); // true
 * ```
 */
export function timeout<B extends Block>(block: B, timeoutSeconds: number): Block<B["input"], B["output"]> {
  return new TimeoutBlock(block, timeoutSeconds) as Block as Block<B["input"], B["output"]>;
}

class TimeoutBlock extends WrappedBlock {
  readonly #timeoutSeconds: number;

  constructor(block: Block, timeoutSeconds: number) {
    super("timeout", block);
    this.#timeoutSeconds = requireSeconds("timeout", "timeoutSeconds", timeoutSeconds);
  }

  override get [blockDetails](): BlockDetails {
    const settings = { timeoutSeconds: this.#timeoutSeconds };
    return { kind: "timeout", parts: [{ block: this.block }], settings };
  }

  protected override forward(data: unknown, context: BlockContext, written: unknown): Promise<Validated> {
    const timeoutSeconds = this.#timeoutSeconds;
    return inScope(context, async (scope, abort) => {
      const end = (): void => abort(new BlockTimeoutError({ block: this.block.name, timeoutSeconds }));
      const timer = setTimeout(end, timeoutSeconds * 1_000);
      try {
        return await untilAborted(scope, () => this.runBlock(data, scope, written));
      } finally {
        clearTimeout(timer);
      }
    });
  }
}
