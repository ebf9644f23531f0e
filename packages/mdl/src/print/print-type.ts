import type { Field, ObjectShape, Shape, UnionShape } from "../shape/shape.ts";
import { comment, hasCommentedFields } from "./comment.ts";
import { acceptsNull, flatten, keyText, literalText, recordText } from "./notation.ts";

/**
 * How a type is written:
 *
 * - `published`: a key that may be absent is `Optional[T]`, as is a value that may be null; no comments
 * - `inline`: a key that may be absent is marked `name?`; no comments
 * - `commented`: like `inline`, descriptions as comments, objects with commented keys over several lines
 */
export type Style = "published" | "inline" | "commented";

/** Writes the type of a shape; lines after the first are indented by at least `indent`. */
export function printType(shape: Shape, style: Style, indent = ""): string {
  switch (shape.kind) {
    case "literal":
      return literalText(shape.values);
    case "list":
      return `List[${printType(shape.items, style, indent)}]`;
    case "tuple":
      return `Tuple[${shape.items.map((item) => printType(item, style, indent)).join(", ")}]`;
    case "record":
      return recordText(shape, printType(shape.value, style, indent));
    case "object":
      return printObject(shape, style, indent);
    case "union":
      return printUnion(shape, style, indent);
    default:
      return shape.kind;
  }
}

/** Writes `name: type`, in `commented` style with the comment at the end of the first line. */
export function printField({ name, shape, optional }: Field, style: Style, indent = ""): string {
  const type = printType(shape, style, indent);
  if (style === "published") {
    return `${keyText(name)}: ${optional && !acceptsNull(shape) ? `Optional[${type}]` : type}`;
  }
  const line = `${keyText(name)}${optional ? "?" : ""}: ${type}`;
  return style === "commented" ? withComment(line, comment(shape)) : line;
}

/** Puts a comment at the end of the first line of `text`. */
export function withComment(text: string, words: string | undefined): string {
  return words === undefined ? text : text.replace(/$/m, () => ` # ${words}`);
}

function printObject(shape: ObjectShape, style: Style, indent: string): string {
  if (style !== "commented" || !hasCommentedFields(shape)) {
    return `Dict{${shape.fields.map((field) => printField(field, style, indent)).join(", ")}}`;
  }
  const inner = `${indent}  `;
  const lines = shape.fields.map((field) => `${inner}${printField(field, style, inner)}\n`);
  return `Dict{\n${lines.join("")}${indent}}`;
}

function printUnion(union: UnionShape, style: Style, indent: string): string {
  const { members, nullable } = flatten(union);
  const types = [...new Set(members.map((member) => printType(member, style, indent)))];
  const type = types.length === 1 ? `${types[0]}` : `Union[${types.join(", ")}]`;
  return nullable ? `Optional[${type}]` : type;
}
