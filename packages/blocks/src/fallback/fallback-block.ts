import { type CompiledSchema, compileSchema } from "@conduit/types";
import { type Block, execute } from "../block.ts";
import { type BlockContext, throwIfAborted } from "../block-context.ts";
import { failureInWords, saysFailure } from "../composed/block-failure.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { isSameSchema } from "../composed/joined-schema.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { SchemaMismatchError } from "../schema-mismatch-error.ts";
import type { Validated } from "../validated.ts";
import { AllBlocksFailedError } from "./all-blocks-failed-error.ts";

export class FallbackBlock extends ComposedBlock {
  readonly #blocks: readonly Block[];
  readonly #output: CompiledSchema;

  constructor(first: Block, others: readonly Block[]) {
    const blocks = [first, ...others];
    super(first.input, first.output, { name: `fallback(${blocks.map(({ name }) => name).join(", ")})` });
    this.#blocks = blocks;
    this.#output = compileSchema(first.output);
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "fallback", parts: this.#blocks.map((block) => ({ block })) };
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const failures: string[] = [];
    for (const [index, block] of this.#blocks.entries()) {
      const next = this.#blocks[index + 1];
      try {
        const result = await this.#runOne(block, { written, value: data }, context);
        if (next === undefined || !saysFailure(result.value)) return result;
        failures.push(failureInWords({ type: "result", value: result.value }));
      } catch (error) {
        throwIfAborted(context);
        failures.push(failureInWords({ type: "error", error }));
        if (next === undefined) {
          throw new AllBlocksFailedError({
            blocks: this.#blocks.map(({ name }) => name),
            failures,
            cause: error,
          });
        }
      }
      const message = `${block.name} failed, so ${next.name} is next: ${failures[index]}`;
      context.emit({ type: "progress", message });
    }
    throw new TypeError("A fallback has at least two blocks.");
  }

  /** Runs a block, and holds its result to what the first one gives. */
  async #runOne(block: Block, given: Validated, context: BlockContext): Promise<Validated> {
    const takesAsGiven = isSameSchema(block.input, this.input);
    const result = await block[execute](given.written, context, takesAsGiven ? given : undefined);
    if (isSameSchema(block.output, this.output)) return result;
    const check = await this.#output.check(result.value);
    if (check.valid) return { written: result.value, value: check.value };
    throw new SchemaMismatchError({
      block: this.name,
      side: "output",
      issues: check.issues,
      value: result.value,
    });
  }
}
