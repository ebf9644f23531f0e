import type { JsonValue } from "@conduit/types";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { acceptsNull } from "../shape/kinds.ts";
import { isOpen, type ListShape, type ObjectShape, type Shape, type UnionShape } from "../shape/shape.ts";
import { unite } from "../shape/unite.ts";
import { constraintsText } from "./constraints.ts";
import { isBraces, isMore, lifted, membersOf, split } from "./forms.ts";
import { bare, defaultWord, literalText, nameWord, patternText } from "./notation.ts";
import { recordOf } from "./record.ts";

/** How shapes are written, and what is known while they are. */
interface Printing {
  /** Whether everything is written that the schema says. */
  readonly lossless?: boolean;
  /** Whether the types alone are; a key that may be absent is `Optional[T]`, as is a value that may be null. */
  readonly published?: boolean;
  /** Where the values are whose shape is being written. */
  readonly keys: (string | number)[];
  /** Lines of what was referred to, by name, in the order of the first references; absent for a type in a message. */
  readonly definitions?: Map<string, string> | undefined;
}

/**
 * A shape within brackets or braces, and the key of its values, absent where they are those of the whole. In braces also
 * what stands before the type, and for a field whether it is optional.
 */
type Part = readonly [shape: Shape, key?: string | number, label?: string, optional?: boolean];

/** A schema as it is written, line by line; a line may open brackets over several. */
export interface Document {
  /** Lines of the definitions by name, in the order in which they are first referred to. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Those lines, and the fields of an object, or the type of anything else. */
  readonly lines: string[];
}

/** Writes a whole schema, with all that it says or as it was `published`. */
export function printDocument(root: Shape, published = false): Document {
  const definitions = new Map<string, string>();
  const printing = { published, lossless: !published, keys: [], definitions };
  refuseNull(printing, root);
  const texts = isFieldList(printing, root)
    ? [
        ...comment(printing, root),
        ...entries(printing, root).map((entry) => part(printing, entry, true)),
        ...(isShut(printing, root) ? ["!"] : []),
      ]
    : [part(printing, [root], true)];
  return { definitions, lines: [...definitions.values(), ...texts] };
}

/**
 * Writes a type: with all that it says where there is a place for `definitions`, else for a message, on one line and untyped
 * values too.
 */
export function writeType(shape: Shape, definitions?: Map<string, string>): string {
  return type({ lossless: definitions !== undefined, keys: [], definitions }, shape);
}

/** A type, with its description if that stands within braces. */
function type(printing: Printing, shape: Shape): string {
  const { published } = printing;
  const constraints = published ? "" : constraintsText(shape);
  const text = plain(printing, shape, "loose" in shape && !published ? "?" : "");
  return (constraints && shape.kind === "intersection" ? `Union[${text}]` : text) + constraints;
}

function plain(printing: Printing, shape: Shape, mark: string): string {
  const { definitions, published } = printing;
  switch (shape.kind) {
    case "literal":
      return literalText(shape.values, published);
    case "list":
      return list(printing, shape, mark);
    case "object":
      return object(printing, shape, `Dict${mark}`);
    case "union":
      return union(printing, shape);
    case "intersection":
      return shape.members.map((member) => factor(printing, member)).join(" & ");
    case "not":
      return enclosed(printing, "Not[", [[shape.shape]]);
    case "reference": {
      const { name, shape: target } = shape.definition;
      if (name !== "Root" && definitions?.has(name) === false) {
        // Its place among the others, and the end of its recursion.
        definitions.set(name, "");
        definitions.set(name, `${name} = ${part(printing, [target], true)}`);
      }
      return name;
    }
    case "null":
      return "None";
    case "never":
      return "Never";
    case "any":
      if (definitions === undefined) return "Any";
      throw new MdlSchemaError(
        shape.declared ?? printing.keys,
        "an untyped value (Any, Unknown)",
        "give it a type",
      );
    default:
      return shape.kind + mark;
  }
}

/** A shape, its default and its comment. */
function part(printing: Printing, given: Part, ownsLine: boolean): string {
  const [unlifted, key, label = "", optional] = given;
  const { published } = printing;
  if (isBare(given)) return label;
  const shape = lifted(unlifted);
  if (key !== undefined) {
    printing.keys.push(key);
    refuseNull(printing, shape);
  }
  const { description: _, ...undescribed } = shape;
  let text = type(printing, ownsLine ? undescribed : shape);
  if (key !== undefined) printing.keys.pop();
  if (hasDefault(printing, shape)) text += ` = ${bare(shape.default, defaultWord)}`;
  if (published && optional && !text.startsWith("Optional[")) text = `Optional[${text}]`;
  if (ownsLine) for (const said of comment(printing, shape)) text = text.replace(/$/m, () => ` ${said}`);
  return (label && `${label}${optional && !published ? "?" : ""}: `) + text;
}

/** Null is no shape for the whole, a field, an item or the value of a record. */
function refuseNull({ definitions, keys }: Printing, shape: Shape): void {
  const { kind } = shape.kind === "reference" ? shape.definition.shape : shape;
  if (kind === "null" && definitions) {
    throw new MdlSchemaError(keys, "null as the only value", "make it a union with null, or leave it out");
  }
}

/**
 * Parts, or what `edit` makes of their texts, in brackets or braces: on one line, or on one each where a part needs it, and in
 * braces where anything within does.
 */
function enclosed(
  printing: Printing,
  open: string,
  parts: readonly Part[],
  edit = (texts: string[]) => texts,
  close = "]",
): string {
  const inBraces = close !== "]";
  const opened = parts.some(([shape]) => needsLine(printing, shape, inBraces));
  const texts = edit(parts.map((each) => part(printing, each, opened || inBraces)));
  if (!opened && !(inBraces && texts.some((text) => /^#|\n/.test(text))))
    return open + texts.join(", ") + close;
  // More than one space would be a token of its own; one belongs to the token of the word after it.
  return `${open}${["", ...texts].join("\n").replace(/\n(?! )/g, "\n ")}\n${close}`;
}

/** Whether a shape has a description that does not stand within its own braces, or is within others. */
function needsLine({ lossless }: Printing, shape: Shape, inBraces = false): boolean {
  return lossless === true && lifted(shape).description !== undefined && (inBraces || !isBraces(shape));
}

function list(printing: Printing, { prefix, rest }: ListShape, mark: string): string {
  const parts = prefix.map((item, index): Part => [item, index]);
  const isTuple = parts.length > 0;
  const name = (isTuple ? "Tuple" : "List") + mark;
  const isOver = isTuple && rest.kind === "never";
  if (isOver || isOpen(rest)) return isTuple ? enclosed(printing, `${name}[`, parts) : name;
  return enclosed(printing, `${name}[`, [...parts, [rest, "*"]], (texts) => {
    if (!isTuple) return texts;
    while (printing.published && texts.at(-1) === texts.at(-2)) texts.pop();
    return [...texts, "..."];
  });
}

function object(printing: Printing, shape: ObjectShape, name: string): string {
  const { published } = printing;
  const record = recordOf(shape, published);
  if (record !== undefined) {
    const key = type(printing, record.key);
    const values: Part[] = isOpen(record.value) ? [] : [[record.value, "*"]];
    return enclosed(printing, `${name}[`, values, (texts) => [key, ...texts]);
  }
  const keys = published ? undefined : shape.keys;
  const own = comment(printing, shape);
  const bar = isShut(printing, shape) ? "|" : "";
  const edit = (texts: string[]) => [...own, ...texts];
  const braces = enclosed(printing, `${name}{${bar}`, entries(printing, shape), edit, `${bar}}`);
  return keys ? `${braces} & ${name}[${type(printing, keys)}]` : braces;
}

function entries({ published }: Printing, { fields, patterns, rest }: ObjectShape): readonly Part[] {
  const named = fields.map(
    ({ name, shape, optional }): Part => [shape, name, bare(name, nameWord), optional],
  );
  if (published) return named;
  const matched = patterns.map(({ pattern, shape }): Part => [shape, "*", patternText(pattern)]);
  const others: Part[] = rest.kind === "never" || isOpen(rest) ? [] : [[rest, "*", "*"]];
  return [...named, ...matched, ...others];
}

/** Whether an object has no keys but those that are written. */
function isShut({ published }: Printing, { rest }: ObjectShape): boolean {
  return !published && rest.kind === "never";
}

/** A union; where it is published, without unions inside, all literals in one, and none written twice. */
function union(printing: Printing, { kind, members: given, exclusive }: UnionShape): string {
  const { published } = printing;
  const members = published
    ? membersOf(unite(given.flatMap(membersOf).map((member) => split(member)[0])))
    : given;
  const others = members.filter(isMore);
  const nullCount = members.length - others.length;
  if (published) {
    const texts = [...new Set(others.map((member) => type(printing, member)))];
    const text = texts.length === 1 ? `${texts[0]}` : `Union[${texts.join(", ")}]`;
    return nullCount > 0 ? `Optional[${text}]` : text;
  }
  const [only, another] = others;
  const nullable = exclusive ? nullCount === 1 && !others.some(acceptsNull) : nullCount > 0;
  if (nullable && only) {
    return enclosed(printing, "Optional[", [[another ? { kind, members: others, exclusive } : only]]);
  }
  return enclosed(
    printing,
    exclusive ? "OneOf[" : "Union[",
    members.map((member): Part => [member]),
  );
}

/** A part of an intersection; what cannot stand there without brackets is made a union of one. */
function factor(printing: Printing, shape: Shape): string {
  const isMarked = hasDefault(printing, shape) || needsLine(printing, shape);
  return isMarked ? enclosed(printing, "Union[", [[shape]]) : type(printing, shape);
}

function hasDefault({ lossless }: Printing, shape: Shape): shape is Shape & { readonly default: JsonValue } {
  return lossless === true && shape.default !== undefined;
}

/** The comment that a shape has, if it has one. */
function comment({ lossless }: Printing, { description }: Shape): readonly string[] {
  if (!lossless || description === undefined) return [];
  return [`# ${description.replace(/\s+/g, " ").trim()}`];
}

/** Whether a whole schema is written as its fields, without braces around them. */
function isFieldList(printing: Printing, root: Shape): root is ObjectShape {
  if (root.kind !== "object") return false;
  const [first] = entries(printing, root);
  if (first === undefined || printing.published) return first !== undefined;
  const isMarked = root.loose || root.default !== undefined || constraintsText(root) !== "";
  return !isMarked && !isBare(first) && isBraces(root);
}

/** Whether an entry of an object is its key alone. */
function isBare([shape, , , optional]: Part): boolean {
  return optional === false && isOpen(shape);
}
