import type { OutputOf, Schema, StandardJsonSchema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { InputData, Misfit, OutputData } from "../fields.ts";
import type { NoOp } from "../no-op.ts";
import { BranchBlock } from "./branch-block.ts";

/** Blocks by the name under which one of them is chosen. */
export type BranchCases = Readonly<Record<string, Block>>;

/** The cases, each of which must take the data, or a member of the union that they are. Of one that does not, a sentence is asked. */
export type FittingCases<Data, Cases extends BranchCases> = {
  [Name in keyof Cases]: Cases[Name] & FittingCase<Data, InputData<Cases[Name]>>;
};

type FittingCase<Data, Needed> = [Needed] extends [NoOp]
  ? "This case takes no input, so no data can be given to it."
  : [Extract<Data, Needed>] extends [never]
    ? Misfit<Data, Needed, "the branch's input", "this case's input">
    : unknown;

/** The block that a branch is: it gives what any of its cases gives. */
export type Branch<I extends Schema, Cases extends BranchCases> = Block<
  I,
  StandardJsonSchema<OutputData<Cases[keyof Cases]>>
>;

/**
 * A block that runs one of several: the one whose name `choose` gives for the data. Where the data are a union, a case may take only a
 * member of it; data of another member that reach it are reported as not matching its input.
 *
 * @throws {@link UnknownCaseError} when there is no block of the name that `choose` gave; what `choose` and the blocks throw.
 *
 * @example
 * ```ts
 * const Text = Type.Object({ text: Type.String() });
 * const Length = Type.Object({ letters: Type.Integer() });
 * class CountBlock extends Block<typeof Text, typeof Length> {
 *   protected override async forward({ text }: { text: string }) {
 *     return { letters: text.length };
 *   }
 * }
 *
 * const lengthOrText = branch(Text, ({ text }) => (text.length > 5 ? "long" : "short"), {
 *   long: new CountBlock(Text, Length),
 *   short: tap(Text, () => {}),
 * });
 * console.log(await lengthOrText.run({ text: "to be" })); // { text: 'to be' }
 * ```
 */
export function branch<I extends Schema, Cases extends BranchCases>(
  input: I,
  choose: (data: OutputOf<I>) => keyof NoInfer<Cases> & string,
  cases: FittingCases<OutputOf<I>, Cases> & Cases,
): Branch<I, Cases> {
  return new BranchBlock(input, choose as (data: unknown) => string, cases) as Block as Branch<I, Cases>;
}
