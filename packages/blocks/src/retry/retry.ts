import type { OutputOf, Schema } from "@conduit/types";
import type { Block } from "../block.ts";
import { type BlockContext, throwIfAborted } from "../block-context.ts";
import { type BlockFailure, failureInWords, saysFailure } from "../composed/block-failure.ts";
import { WrappedBlock } from "../composed/composed-block.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { requireCount, requireSeconds } from "../option-checks.ts";
import { pause } from "../pause.ts";
import type { Validated } from "../validated.ts";

/** How often and when {@link retry} runs a block again. */
export interface RetryOptions<O extends Schema = Schema> {
  /** How often the block is run again, at most. Default 2. */
  readonly maxRetries?: number | undefined;
  /** Wait before the first retry; each further one waits twice as long. Up to half of a wait is left out by chance. Default 0.5. */
  readonly delaySeconds?: number | undefined;
  /** Longest wait. Default 30. */
  readonly maxDelaySeconds?: number | undefined;
  /** Whether to try again after this failure. Default: always. */
  readonly when?: ((failure: BlockFailure<OutputOf<O>>) => boolean) | undefined;
}

/**
 * The block, run again when it fails: when it throws, or gives a result whose `success` is `false`. After the last try it throws, or gives, what that try did.
 *
 * A stream tells of each retry; partial results start from nothing with it.
 *
 * @throws {@link InvalidBlockOptionsError}; what the block throws; the signal's reason, also during a wait.
 *
 * @example
 * ```ts
 * class FlakyBlock extends Block<typeof SupportsShellCommand, typeof SupportsShellCommand> {
 *   tries = 0;
 *
 *   protected override async forward(data: SupportsShellCommand) {
 *     if (++this.tries < 3) throw new Error("not yet");
 *     return data;
 *   }
 * }
 *
 * const flaky = new FlakyBlock(SupportsShellCommand, SupportsShellCommand);
 * const { shellCommand } = await retry(flaky, { delaySeconds: 0.01 }).run({ shellCommand: "ls" });
 * console.log(shellCommand, flaky.tries); // ls 3
 * ```
 */
export function retry<B extends Block>(
  block: B,
  options: RetryOptions<B["output"]> = {},
): Block<B["input"], B["output"]> {
  return new RetryBlock(block, options as RetryOptions) as Block as Block<B["input"], B["output"]>;
}

class RetryBlock extends WrappedBlock {
  readonly #maxRetries: number;
  readonly #delaySeconds: number;
  readonly #maxDelaySeconds: number;
  readonly #when: (failure: BlockFailure) => boolean;

  constructor(block: Block, { maxRetries, delaySeconds, maxDelaySeconds, when }: RetryOptions) {
    super("retry", block);
    this.#maxRetries = requireCount("retry", "maxRetries", maxRetries ?? 2, 0);
    this.#delaySeconds = requireSeconds("retry", "delaySeconds", delaySeconds ?? 0.5);
    this.#maxDelaySeconds = requireSeconds("retry", "maxDelaySeconds", maxDelaySeconds ?? 30);
    this.#when = when ?? (() => true);
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "retry", parts: [{ block: this.block }], settings: { maxRetries: this.#maxRetries } };
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    for (let tries = 1; ; tries++) {
      const isLast = tries > this.#maxRetries;
      let failure: BlockFailure;
      try {
        const result = await this.runBlock(data, context, written);
        if (!saysFailure(result.value)) return result;
        failure = { type: "result", value: result.value };
        if (isLast || !this.#when(failure)) return result;
      } catch (error) {
        throwIfAborted(context);
        failure = { type: "error", error };
        if (isLast || !this.#when(failure)) throw error;
      }
      const message = `${this.block.name} failed in try ${tries} of ${this.#maxRetries + 1}: ${failureInWords(failure)}`;
      context.emit({ type: "progress", message });
      await pause(this.#waitSeconds(tries), context.signal);
    }
  }

  #waitSeconds(tries: number): number {
    const seconds = Math.min(this.#delaySeconds * 2 ** (tries - 1), this.#maxDelaySeconds);
    return seconds * (1 - Math.random() / 2);
  }
}
