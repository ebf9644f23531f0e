import type { Schema } from "@conduit/types";
import { documentOf } from "./print/document-of.ts";
import { areWords } from "./print/notation.ts";
import { type Document, documentLines } from "./print/printer.ts";
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
  const parts: string[] = [];
  const shapes = [shapeOf(output)];
  let known: Document["definitions"] = new Map();
  if (input !== undefined && !isEmpty(shapeOf(input).root)) {
    const shape = shapeOf(input);
    shapes.unshift(shape);
    const document = documentOf(shape.root);
    known = document.definitions;
    parts.push(
      `The user message is one JSON ${noun(shape.root)} of this type:\n${documentLines(document).join("\n")}`,
    );
  }
  const { root } = shapeOf(output);
  const { definitions, lines } = documentOf(root);
  const added = without(definitions, known);
  parts.push(
    `Answer with one JSON ${noun(root)} of this type and nothing else:\n${[...added, ...lines].join("\n")}`,
  );
  parts.push(
    legendOf(shapes.flatMap((shape) => [shape.root, ...shape.definitions.map((part) => part.shape)])),
  );
  if (guidance !== undefined) parts.push(guidance);
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Definitions that are not known yet; all of them where a name is known for another type. */
function without(definitions: Document["definitions"], known: Document["definitions"]): readonly string[] {
  const isNew = ([name, line]: readonly [string, string]) => known.get(name) !== line;
  const all = [...definitions];
  const distinct = all.some(([name, line]) => known.has(name) && isNew([name, line]))
    ? all
    : all.filter(isNew);
  return distinct.map(([, line]) => line);
}

/** Whether a shape has nothing to tell: the input of a block that takes none. */
function isEmpty(shape: Shape): boolean {
  if (shape.kind !== "object") return false;
  const { fields, patterns, rest } = shape;
  return fields.length + patterns.length === 0 && (rest.kind === "any" || rest.kind === "never");
}

function noun(shape: Shape): string {
  return shape.kind === "object" && !shape.loose ? "object" : "value";
}

/** Explains the marks that are in use; the rest of the notation is known from programming languages. */
function legendOf(shapes: readonly Shape[]): string {
  const used = marks.filter(([isUsed]) => shapes.some((shape) => someShape(shape, isUsed)));
  return used.map(([, sentence]) => sentence).join(" ");
}

/** What each mark means, and how to tell that a shape is written with it. */
const marks: readonly (readonly [isUsed: (shape: Shape) => boolean, sentence: string])[] = [
  [
    (shape) => shape.kind === "object" && shape.fields.some((field) => field.optional),
    "A key marked ? may be left out.",
  ],
  [
    (shape) => shape.kind === "object" && shape.fields.some((field) => field.shape.kind === "any"),
    "A key without a type takes any value.",
  ],
  [
    (shape) => shape.kind === "union" && shape.members.some((member) => member.kind === "null"),
    "An Optional value may be null.",
  ],
  [
    (shape) => shape.kind === "object" && shape.rest.kind === "never",
    "{| |}, or a last !, means no other keys.",
  ],
  [(shape) => shape.kind === "object" && shape.patterns.length > 0, "/.../: stands for keys that match."],
  [
    (shape) =>
      shape.kind === "object" &&
      shape.fields.length + shape.patterns.length > 0 &&
      shape.rest.kind !== "any" &&
      shape.rest.kind !== "never",
    "*: stands for all other keys.",
  ],
  [
    (shape) =>
      "bounds" in shape &&
      !(shape.kind === "list" && shape.prefix.length > 0) &&
      Object.keys(shape.bounds).some((keyword) => /^(?:min|max)/.test(keyword)),
    "1..9 bounds a number or a length, inclusively.",
  ],
  [(shape) => shape.kind === "literal" && areWords(shape.values), "Words in Literal are strings."],
  [(shape) => "loose" in shape, "A type marked ? takes values of other types too."],
  [(shape) => shape.kind === "intersection", "A & B must fit both."],
  [(shape) => shape.kind === "union" && shape.exclusive, "OneOf must fit exactly one."],
  [(shape) => shape.kind === "reference" && shape.definition.name === "Root", "Root is the whole type."],
];
