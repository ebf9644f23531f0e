import type { Schema } from "@conduit/types";
import { documentOf } from "./print/document-of.ts";
import { areWords } from "./print/notation.ts";
import type { Document } from "./print/printer.ts";
import { partsOf } from "./shape/parts.ts";
import type {
  ListShape,
  LiteralShape,
  ObjectShape,
  ReferenceShape,
  Shape,
  UnionShape,
} from "./shape/shape.ts";
import { type SchemaShape, shapeOf } from "./shape/shape-of.ts";

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
export function systemPrompt({ input, output, guidance = "" }: SystemPromptOptions): string {
  const answer = shapeOf(output);
  const parts: string[] = [];
  const legend: string[] = [];
  let known: Document["definitions"] = new Map();
  const describe = ({ root, definitions }: SchemaShape, start: string, end = "") => {
    for (const shape of [root, ...definitions.map((definition) => definition.shape)]) explain(shape, legend);
    const document = documentOf(root);
    const noun = root.kind === "object" && !root.loose ? "object" : "value";
    parts.push(`${start} one JSON ${noun} of this type${end}:\n${added(document, known).join("\n")}`);
    known = document.definitions;
  };
  if (input !== undefined && !isEmpty(shapeOf(input).root)) describe(shapeOf(input), "The user message is");
  describe(answer, "Answer with", " and nothing else");
  return [...parts, legend.filter(Boolean).join(" "), guidance].filter(Boolean).join("\n\n");
}

/** Lines that are not known yet; all of them where a definition is known for another type. */
function added({ definitions, lines }: Document, known: Document["definitions"]): readonly string[] {
  const isOther = [...definitions].some(([name, line]) => (known.get(name) ?? line) !== line);
  const knownLines = [...known.values()];
  return lines.filter((line) => isOther || !knownLines.includes(line));
}

/** Whether a shape has nothing to tell: the input of a block that takes none. */
function isEmpty(shape: Shape): boolean {
  return shape.kind === "object" && !hasKeys(shape) && !hasOthers(shape);
}

/** What shapes of any kind may have. */
type Traits = Pick<Shape, "kind"> &
  Partial<Pick<ObjectShape, "fields" | "patterns" | "loose"> & Pick<ListShape, "prefix" | "rest">> &
  Partial<Pick<UnionShape, "members" | "exclusive"> & Pick<LiteralShape, "values">> &
  Partial<Pick<ReferenceShape, "definition">> & { readonly bounds?: object };

/** Whether a shape has entries that it names, itself or by a pattern. */
function hasKeys({ fields = [], patterns = [] }: Traits): boolean {
  return fields.length + patterns.length > 0;
}

/** Whether a shape says of values beside those that it names what they are. */
function hasOthers({ rest }: Traits): boolean {
  return rest?.kind !== "any" && rest?.kind !== "never";
}

/** Adds to `legend` what explains the marks of a shape and those within it, each at its place. */
function explain(shape: Shape, legend: string[]): void {
  for (const [index, sentence] of sentencesFor(shape).entries()) if (sentence) legend[index] = sentence;
  for (const part of partsOf(shape)) explain(part, legend);
}

/** Explains the marks that a shape is written with; the rest of the notation is known from programming languages. */
function sentencesFor(shape: Traits) {
  const { kind } = shape;
  return [
    shape.fields?.some((field) => field.optional) && "A key marked ? may be left out.",
    shape.fields?.some((field) => field.shape.kind === "any") && "A key without a type takes any value.",
    kind === "union" &&
      shape.members?.some((member) => member.kind === "null") &&
      "An Optional value may be null.",
    kind === "object" && shape.rest?.kind === "never" && "{| |}, or a last !, means no other keys.",
    shape.patterns?.length && "/.../: stands for keys that match.",
    hasKeys(shape) && hasOthers(shape) && "*: stands for all other keys.",
    !shape.prefix?.length &&
      Object.keys(shape.bounds ?? {}).some((keyword) => /^(?:min|max)/.test(keyword)) &&
      "1..9 bounds a number or a length, inclusively.",
    shape.values && areWords(shape.values) && "Words in Literal are strings.",
    shape.loose && "A type marked ? takes values of other types too.",
    kind === "intersection" && "A & B must fit both.",
    shape.exclusive && "OneOf must fit exactly one.",
    shape.definition?.name === "Root" && "Root is the whole type.",
  ];
}
