import type { InputOf, OutputOf, Schema, StandardJsonSchema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { Misfit } from "../fields.ts";
import type { NoOp } from "../no-op.ts";

/** At least two blocks, one after the other. */
export type PipeSteps = readonly [Block, Block, ...Block[]];

/**
 * The steps, each of which must be able to follow the one before it. Of a step that cannot, it is asked to be a sentence that
 * says why: the compiler prints it.
 */
export type JoinedSteps<Steps extends PipeSteps> = {
  [Index in keyof Steps]: Steps[Index] & SeamBefore<Steps, Index>;
};

type SeamBefore<Steps extends PipeSteps, Index> = Index extends keyof IndexBefore
  ? SchemaSeam<StepAt<Steps, IndexBefore[Index]>["output"], StepAt<Steps, Index>["input"]>
  : Index extends "0"
    ? unknown
    : "A pipe has at most 12 steps; a pipe of pipes has more.";

type StepAt<Steps extends PipeSteps, Index> = Index extends keyof Steps
  ? Extract<Steps[Index], Block>
  : never;

/** A table, because it costs the compiler less than counting. */
interface IndexBefore {
  "1": "0";
  "2": "1";
  "3": "2";
  "4": "3";
  "5": "4";
  "6": "5";
  "7": "6";
  "8": "7";
  "9": "8";
  "10": "9";
  "11": "10";
}

/**
 * Steps that share a schema meet, which the compiler sees without working out what data it describes: that would cost it a thousand
 * instantiations for each seam. A schema of another library may transform, so that what it gives is not what it takes.
 */
type SchemaSeam<Before extends Schema, After extends Schema> = [Before, After] extends [After, Before]
  ? [After] extends [StandardJsonSchema]
    ? Seam<OutputOf<Before>, InputOf<After>>
    : unknown
  : Seam<OutputOf<Before>, InputOf<After>>;

/** `unknown`, which every block is, or why the output does not fit the input. */
type Seam<Output, Input> = [Output] extends [Input] ? unknown : Problem<Output, Input>;

type Problem<Output, Input> = [Input] extends [NoOp]
  ? "This step takes no input, so no step can come before it."
  : Misfit<Output, Input, "the output before this step", "this step's input">;
