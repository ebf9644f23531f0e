import type { Schema } from "@conduit/types";
import { mdl } from "./mdl.ts";
import { acceptsNull } from "./print/notation.ts";
import { someShape } from "./shape/parts.ts";
import type { Shape } from "./shape/shape.ts";
import { shapeOf } from "./shape/shape-of.ts";

/** What a prompt is written from. */
export interface SystemPromptOptions {
  /** Schema of the JSON that the user message holds; without it nothing is said of the message. */
  readonly input?: Schema | undefined;
  /** Schema of the answer. */
  readonly output: Schema;
  /** What the answer should say, in words; stands last. */
  readonly guidance?: string | undefined;
}

/**
 * Writes the system message that tells a model the shape of its data and of its answer.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function systemPrompt({ input, output, guidance }: SystemPromptOptions): string {
  const inputShape = input === undefined ? undefined : shapeOf(input);
  const outputShape = shapeOf(output);
  const parts: string[] = [];
  if (input !== undefined && inputShape !== undefined && !isEmpty(inputShape)) {
    parts.push(`The user message is one JSON ${noun(inputShape)} of this type:\n${mdl(input)}`);
  }
  parts.push(`Answer with one JSON ${noun(outputShape)} of this type and nothing else:\n${mdl(output)}`);
  const legend = legendOf([inputShape, outputShape].filter((shape) => shape !== undefined));
  if (legend !== "") parts.push(legend);
  if (guidance !== undefined && guidance !== "") parts.push(guidance);
  return parts.join("\n\n");
}

/** Whether a shape has nothing to tell: the input of a block that takes none. */
function isEmpty(shape: Shape): boolean {
  return shape.kind === "object" && shape.fields.length === 0;
}

function noun(shape: Shape): string {
  return shape.kind === "object" || shape.kind === "record" ? "object" : "value";
}

/** Explains the marks that are in use; the rest of the notation is known from programming languages. */
function legendOf(shapes: readonly Shape[]): string {
  const uses = (test: (shape: Shape) => boolean) => shapes.some((shape) => someShape(shape, test));
  const sentences: string[] = [];
  if (uses((shape) => shape.kind === "object" && shape.fields.some((field) => field.optional))) {
    sentences.push("A key marked ? may be left out.");
  }
  if (uses(acceptsNull)) sentences.push("An Optional value may be null.");
  return sentences.join(" ");
}
