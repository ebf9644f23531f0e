import type { JsonValue } from "@conduit/types";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { acceptsNull } from "../shape/kinds.ts";
import type { Field, ListShape, ObjectShape, Shape, UnionShape } from "../shape/shape.ts";
import { unite } from "../shape/unite.ts";
import { constraintsText } from "./constraints.ts";
import { isBraces, isMore, isOpen, lifted, membersOf, split } from "./forms.ts";
import { bare, defaultWord, literalText, nameWord, patternText } from "./notation.ts";
import { recordOf } from "./record.ts";

/**
 * How shapes are written:
 *
 * - `lossless`: with everything that the schema says
 * - `inline`: without comments and defaults, and untyped values too
 * - `published`: the types alone; a key that may be absent is `Optional[T]`, as is a value that may be null
 */
export type Style = "lossless" | "inline" | "published";

/** A shape within brackets or braces, and the key of its values; absent where they are those of the whole. */
type Part = readonly [shape: Shape, key?: string | number];

/** A schema as it is written, line by line; a line may open brackets over several. */
export interface Document {
  /** Lines of the definitions by name, in the order in which they are first referred to. */
  readonly definitions: ReadonlyMap<string, string>;
  /** The fields of an object, or the type of anything else. */
  readonly lines: readonly string[];
}

/** The lines of a whole document. */
export function documentLines({ definitions, lines }: Document): string[] {
  return [...definitions.values(), ...lines];
}

/** Writes shapes: one type, or one whole schema. */
export function printer(style: Style) {
  const lossless = style === "lossless";
  const published = style === "published";
  /** Where the values are whose shape is being written. */
  const keys: (string | number)[] = [];
  const definitions = new Map<string, string>();
  let commentCount = 0;

  return { document, type };

  function document(root: Shape): Document {
    refuseNull(root);
    if (!isFieldList(root)) return { definitions, lines: [part([root], true)] };
    const end = isShut(root) ? ["!"] : [];
    return { definitions, lines: [...comment(root), ...entries(root), ...end] };
  }

  /** A type; where `ownsLine` is not set, its description stands within it. */
  function type(shape: Shape, ownsLine = true): string {
    const constraints = published ? "" : constraintsText(shape);
    const text = plain(shape, ownsLine);
    return (constraints && shape.kind === "intersection" ? `Union[${text}]` : text) + constraints;
  }

  function plain(shape: Shape, ownsLine: boolean): string {
    const mark = "loose" in shape && !published ? "?" : "";
    switch (shape.kind) {
      case "literal":
        return literalText(shape.values, published);
      case "list":
        return list(shape, `Tuple${mark}`, `List${mark}`);
      case "object":
        return object(shape, `Dict${mark}`, ownsLine);
      case "union":
        return union(shape);
      case "intersection":
        return shape.members.map(factor).join(" & ");
      case "not":
        return brackets("Not", [[shape.shape]]);
      case "reference": {
        const { name, shape: target } = shape.definition;
        if (name !== "Root" && style !== "inline" && !definitions.has(name)) {
          const before = commentCount;
          // Its place among the others, and the end of its recursion.
          definitions.set(name, "");
          definitions.set(name, `${name} = ${part([target], true)}`);
          commentCount = before;
        }
        return name;
      }
      case "null":
        return "None";
      case "never":
        return "Never";
      case "any":
        if (style === "inline") return "Any";
        throw new MdlSchemaError(shape.declared ?? keys, "an untyped value (Any, Unknown)", "give it a type");
      default:
        return shape.kind + mark;
    }
  }

  /** A shape, its default and its comment. */
  function part([given, key]: Part, ownsLine: boolean): string {
    const shape = lifted(given);
    if (key !== undefined) {
      keys.push(key);
      refuseNull(shape);
    }
    let text = type(shape, ownsLine);
    if (key !== undefined) keys.pop();
    if (hasDefault(shape)) text += ` = ${bare(shape.default, defaultWord)}`;
    if (ownsLine) for (const said of comment(shape)) text = text.replace(/$/m, () => ` ${said}`);
    return text;
  }

  /** Null is no shape for the whole, a field, an item or the value of a record. */
  function refuseNull(shape: Shape): void {
    const { kind } = shape.kind === "reference" ? shape.definition.shape : shape;
    if (kind !== "null" || style === "inline") return;
    throw new MdlSchemaError(keys, "null as the only value", "make it a union with null, or leave it out");
  }

  /** `name[...]` of parts, or of what `edit` makes of them; over several lines where a part needs its own. */
  function brackets(name: string, parts: readonly Part[], edit = (texts: string[]) => texts): string {
    const opened = parts.some(([shape]) => needsLine(shape));
    return enclosed(`${name}[`, edit(parts.map((each) => part(each, opened))), "]", opened);
  }

  /** Whether a shape has a description that does not stand within its own braces. */
  function needsLine(shape: Shape): boolean {
    return lossless && lifted(shape).description !== undefined && !isBraces(shape);
  }

  function list({ prefix, rest }: ListShape, tuple: string, name: string): string {
    const parts = prefix.map((item, index): Part => [item, index]);
    const isTuple = parts.length > 0;
    const ends = isOpen(rest) || (isTuple && rest.kind === "never");
    if (ends) return isTuple ? brackets(tuple, parts) : name;
    parts.push([rest, "*"]);
    if (!isTuple) return brackets(name, parts);
    return brackets(tuple, parts, (texts) => {
      while (published && texts.at(-1) === texts.at(-2)) texts.pop();
      return [...texts, "..."];
    });
  }

  function object(shape: ObjectShape, name: string, ownsLine: boolean): string {
    const record = recordOf(shape, published);
    if (record !== undefined) {
      const key = type(record.key, false);
      return brackets(name, isOpen(record.value) ? [] : [[record.value, "*"]], (texts) => [key, ...texts]);
    }
    const named = published ? undefined : shape.keys;
    const before = commentCount;
    const lines = [...(ownsLine || named ? [] : comment(shape)), ...entries(shape)];
    const bar = isShut(shape) ? "|" : "";
    const braces = enclosed(`${name}{${bar}`, lines, `${bar}}`, commentCount > before);
    return named ? `${braces} & ${name}[${type(named, false)}]` : braces;
  }

  function entries({ fields, patterns, rest }: ObjectShape): string[] {
    const texts = fields.map(field);
    if (published) return texts;
    for (const { pattern, shape } of patterns) {
      texts.push(`${patternText(pattern)}: ${part([shape, "*"], true)}`);
    }
    if (rest.kind !== "never" && !isOpen(rest)) texts.push(`*: ${part([rest, "*"], true)}`);
    return texts;
  }

  /** Whether an object has no keys but those that are written. */
  function isShut({ rest }: ObjectShape): boolean {
    return rest.kind === "never" && !published;
  }

  function field({ name, shape, optional }: Field): string {
    const key = bare(name, nameWord);
    if (isBare({ shape, optional })) return key;
    const text = part([shape, name], true);
    if (!published) return `${key}${optional ? "?" : ""}: ${text}`;
    return `${key}: ${optional && !text.startsWith("Optional[") ? `Optional[${text}]` : text}`;
  }

  /** A union; where it is published, without unions inside, all literals in one, and none written twice. */
  function union(given: UnionShape): string {
    const shape = published ? unite(membersOf(given).map((member) => split(member)[0])) : given;
    if (shape.kind !== "union") return type(shape);
    const { kind, members, exclusive } = shape;
    const others = members.filter(isMore);
    const [only, another] = others;
    const nullCount = members.length - others.length;
    const nullable = exclusive ? nullCount === 1 && !others.some(acceptsNull) : nullCount > 0;
    if (nullable && only)
      return brackets("Optional", [[another ? { kind, members: others, exclusive } : only]]);
    if (!published)
      return brackets(
        exclusive ? "OneOf" : "Union",
        members.map((member): Part => [member]),
      );
    const texts = [...new Set(members.map((member) => type(member)))];
    return texts.length > 1 ? `Union[${texts.join(", ")}]` : `${texts[0]}`;
  }

  /** A part of an intersection; what cannot stand there without brackets is made a union of one. */
  function factor(shape: Shape): string {
    return hasDefault(shape) || needsLine(shape) ? brackets("Union", [[shape]]) : type(shape, false);
  }

  function hasDefault(shape: Shape): shape is Shape & { readonly default: JsonValue } {
    return lossless && shape.default !== undefined;
  }

  /** The comment that a shape has, if it has one. */
  function comment({ description }: Shape): readonly string[] {
    if (!lossless || description === undefined) return [];
    commentCount += 1;
    return [`# ${description.replace(/\s+/g, " ").trim()}`];
  }

  /** Whether a whole schema is written as its fields, without braces around them. */
  function isFieldList(root: Shape): root is ObjectShape {
    if (root.kind !== "object") return false;
    const [first] = [...root.fields, ...root.patterns];
    if (published) return root.fields.length > 0;
    const isPlain = !root.loose && root.default === undefined && constraintsText(root) === "";
    return first !== undefined && !isBare(first) && isPlain && isBraces(root);
  }
}

/** Whether an entry of an object is its key alone. */
function isBare({ shape, optional }: { readonly shape: Shape; readonly optional?: boolean }): boolean {
  return !optional && isOpen(shape);
}

/** Texts between brackets: on one line, or on one each; what they open themselves is not indented further. */
function enclosed(open: string, texts: readonly string[], close: string, opened: boolean): string {
  if (!opened) return open + texts.join(", ") + close;
  // More than one space would be a token of its own; one belongs to the token of the word after it.
  return `${open}${["", ...texts].join("\n").replace(/\n(?! )/g, "\n ")}\n${close}`;
}
