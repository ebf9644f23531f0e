import type { Block } from "../block.ts";
import { PipeBlock } from "./pipe-block.ts";
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
