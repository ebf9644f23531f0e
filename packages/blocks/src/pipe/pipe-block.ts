import { compileSchema, type Schema } from "@conduit/types";
import { type Block, execute, isPlain, requireMatch, resultIsValid, runPlainly, work } from "../block.ts";
import { type BlockContext, hasSignal, QuietContext, withoutPartials } from "../block-context.ts";
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
  readonly #hasPlainSteps: boolean;

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
    this.#hasPlainSteps = this.#steps.every(({ matches }) => matches !== undefined);
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const steps = this.#steps;
    const contextBeforeLast = withoutPartials(context);
    const canAbort = hasSignal(context);
    const isWatched = context.watched !== undefined;
    // Two variables and not a pair of them, which a step would make anew.
    let given = written;
    let value = data;
    // Not for…of: in an asynchronous function, an iterator that may have to be closed costs as much as the rest of a step.
    for (let index = 0, step = steps[0]; step !== undefined; index++, step = steps[index]) {
      if (canAbort) context.signal.throwIfAborted();
      const stepContext = index === steps.length - 1 ? context : contextBeforeLast;
      if (step.matches !== undefined && !isWatched) {
        if (!step.takesAsGiven) {
          step.block[requireMatch]("input", value);
          given = value;
        }
        value = await step.block[work](value, stepContext, given);
        if (!step.matches(value)) step.block[requireMatch]("output", value);
        given = value;
      } else {
        const validated = step.takesAsGiven ? { written: given, value } : undefined;
        const passed = await step.block[execute](value, stepContext, validated);
        given = passed.written;
        value = passed.value;
      }
    }
    return { written: given, value };
  }

  /** Where all steps are plain, their checks and their calls, and no promise but those of the calls. */
  override async [runPlainly](data: unknown): Promise<unknown> {
    if (!this.#hasPlainSteps) return super[runPlainly](data);
    this[requireMatch]("input", data);
    const steps = this.#steps;
    const context = new QuietContext(undefined);
    let value = data;
    for (let index = 0, step = steps[0]; step !== undefined; index++, step = steps[index]) {
      if (!step.takesAsGiven) step.block[requireMatch]("input", value);
      value = await step.block[work](value, context, value);
      if (step.matches?.(value) !== true) step.block[requireMatch]("output", value);
    }
    return value;
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "pipe", parts: this.#steps.map(({ block }) => ({ block })) };
  }
}
