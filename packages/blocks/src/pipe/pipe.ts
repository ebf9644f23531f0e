import type { Schema } from "@conduit/types";
import { Block, execute, resultIsValid } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import type { Validated } from "../validated.ts";
import type { JoinedSteps, PipeSteps } from "./seam.ts";

/**
 * Makes one block of up to 12: each takes what the one before it gives, and the compiler rejects steps that do not meet.
 *
 * The data between two steps is validated once where they share a schema object, else by either's. A stream of the pipe has
 * the progress and usage of all steps, and the partial results of the last.
 *
 * @throws what its steps throw; the signal's reason.
 *
 * @example
 * ```ts
 * const Text = Type.Object({ text: Type.String() });
 * const Words = Type.Object({ words: Type.Array(Type.String()) });
 * const Count = Type.Object({ count: Type.Integer() });
 *
 * class SplitBlock extends Block<typeof Text, typeof Words> {
 *   protected override async forward({ text }: { text: string }) {
 *     return { words: text.split(" ") };
 *   }
 * }
 * class CountBlock extends Block<typeof Words, typeof Count> {
 *   protected override async forward({ words }: { words: string[] }) {
 *     return { count: words.length };
 *   }
 * }
 *
 * const wordCount = pipe(new SplitBlock(Text, Words), new CountBlock(Words, Count));
 * console.log(await wordCount.run({ text: "to be or not to be" })); // { count: 6 }
 * ```
 */
export function pipe<Steps extends PipeSteps>(
  ...steps: JoinedSteps<Steps>
): Block<Steps[0]["input"], LastStep<Steps>["output"]> {
  return new PipeBlock(steps as unknown as Steps) as Block as Block<
    Steps[0]["input"],
    LastStep<Steps>["output"]
  >;
}

type LastStep<Steps extends PipeSteps> = Steps extends readonly [...Block[], infer Last extends Block]
  ? Last
  : Block;

class PipeBlock extends Block {
  readonly #steps: PipeSteps;

  constructor(steps: PipeSteps) {
    const last = steps[steps.length - 1] ?? steps[1];
    super(steps[0].input, last.output, { name: `pipe(${steps.map(({ name }) => name).join(", ")})` });
    this.#steps = steps;
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const contextBeforeLast = withoutPartials(context);
    let passed: Validated = { written, value: data };
    let validFor: Schema = this.input;
    for (const [index, step] of this.#steps.entries()) {
      context.signal.throwIfAborted();
      const isLast = index === this.#steps.length - 1;
      const validated = step.input === validFor ? passed : undefined;
      passed = await step[execute](passed.value, isLast ? context : contextBeforeLast, validated);
      validFor = step.output;
    }
    return passed;
  }

  override get [resultIsValid](): boolean {
    return true;
  }
}

/** Partial results of a step are partial results of the pipe only where the step is its last. */
function withoutPartials(context: BlockContext): BlockContext {
  return {
    get signal() {
      return context.signal;
    },
    readsPartials: false,
    emit(event) {
      if (event.type !== "partial") context.emit(event);
    },
  };
}
