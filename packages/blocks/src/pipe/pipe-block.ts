import { compileSchema, type Schema } from "@conduit/types";
import { type Block, execute, isPlain, requireMatch, resultIsValid, work } from "../block.ts";
import { type BlockContext, hasSignal, withoutPartials } from "../block-context.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { isSameSchema } from "../composed/joined-schema.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import type { Validated } from "../validated.ts";
import type { PipeSteps } from "./seam.ts";

interface Step {
  readonly block: Block;
  /** Whether the step before gives what this one takes by the very same schema, so that it need not be checked again. */
  readonly takesAsGiven: boolean;
  /** The check of a plain block's results, at hand so that a step costs little more than it. */
  readonly matches: ((result: unknown) => boolean) | undefined;
}

export class PipeBlock extends ComposedBlock {
  readonly #steps: readonly Step[];

  constructor(steps: PipeSteps) {
    const last = steps[steps.length - 1] ?? steps[1];
    super(steps[0].input, last.output, { name: `pipe(${steps.map(({ name }) => name).join(", ")})` });
    let given: Schema = this.input;
    this.#steps = steps.map((block) => {
      const takesAsGiven = isSameSchema(block.input, given);
      given = block.output;
      const isPlainStep = block[isPlain] && !block[resultIsValid];
      return { block, takesAsGiven, matches: isPlainStep ? compileSchema(block.output).matches : undefined };
    });
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const contextBeforeLast = withoutPartials(context);
    const canAbort = hasSignal(context);
    const isWatched = context.watched !== undefined;
    const last = this.#steps.at(-1);
    // Two variables and not a pair of them, which a step would make anew.
    let given = written;
    let value = data;
    for (const step of this.#steps) {
      if (canAbort) context.signal.throwIfAborted();
      const { block, takesAsGiven, matches } = step;
      const stepContext = step === last ? context : contextBeforeLast;
      if (matches !== undefined && !isWatched) {
        if (!takesAsGiven) {
          block[requireMatch]("input", value);
          given = value;
        }
        value = await block[work](value, stepContext, given);
        if (!matches(value)) block[requireMatch]("output", value);
        given = value;
      } else {
        const passed = await block[execute](
          value,
          stepContext,
          takesAsGiven ? { written: given, value } : undefined,
        );
        given = passed.written;
        value = passed.value;
      }
    }
    return { written: given, value };
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "pipe", parts: this.#steps.map(({ block }) => ({ block })) };
  }
}
