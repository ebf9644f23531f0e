import { MdlSchemaError } from "../mdl-schema-error.ts";
import { acceptsNull } from "../shape/kinds.ts";
import type { Definition, Field, ListShape, ObjectShape, Shape, UnionShape } from "../shape/shape.ts";
import { unite } from "../shape/unite.ts";
import { constraintsText } from "./constraints.ts";
import { isBraces, isOpen, isPlainNull, lifted, membersOf } from "./forms.ts";
import { commentOf, defaultText, keyText, literalText, patternText } from "./notation.ts";
import { recordOf } from "./record.ts";

/**
 * How shapes are written:
 *
 * - `lossless`: with everything that the schema says
 * - `inline`: without comments and defaults, and untyped values too
 * - `published`: the types alone; a key that may be absent is `Optional[T]`, as is a value that may be null
 */
export type Style = "lossless" | "inline" | "published";

/** A shape within brackets, and the key of its values; absent where they are those of the whole. */
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

/** What lines within brackets start with, however deep: it belongs to the token of the word after it, and more would be a token. */
const step = " ";

/** Writes shapes. */
export class Printer {
  readonly #style: Style;
  /** Where the values are whose shape is being written. */
  readonly #keys: (string | number)[] = [];
  /** What was referred to, in the order of the first references. */
  readonly #definitions = new Map<Definition, string>();
  #commentCount = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  /** A whole schema, of which nothing else was written by this printer. */
  document(root: Shape): Document {
    this.#refuseNull(root);
    const lines = this.#isFieldList(root)
      ? [this.#comment(root), ...this.#entries(root, ""), ...this.#end(root)]
      : [this.#part([root], "", true)];
    const definitions = [...this.#definitions].map(
      ([{ name }, text]) => [name, `${name} = ${text}`] as const,
    );
    return { definitions: new Map(definitions), lines: lines.filter((line) => line !== undefined) };
  }

  /** A type; where `ownsLine` is not set, its description stands within it. Lines after the first start with `indent`. */
  type(shape: Shape, indent = "", ownsLine = true): string {
    const constraints = this.#style === "published" ? "" : constraintsText(shape);
    if (constraints !== "" && shape.kind === "intersection") {
      const { kind, members } = shape;
      return this.#brackets("Union", [[{ kind, members }]], indent) + constraints;
    }
    return this.#plain(shape, indent, ownsLine) + constraints;
  }

  #plain(shape: Shape, indent: string, ownsLine: boolean): string {
    const mark = "loose" in shape && this.#style !== "published" ? "?" : "";
    switch (shape.kind) {
      case "literal":
        return literalText(shape.values, this.#style === "published");
      case "list":
        return this.#list(shape, mark, indent);
      case "object":
        return this.#object(shape, mark, indent, ownsLine);
      case "union":
        return this.#style === "published" ? this.#publishedUnion(shape) : this.#union(shape, indent);
      case "intersection":
        return shape.members.map((member) => this.#factor(member, indent)).join(" & ");
      case "not":
        return this.#brackets("Not", [[shape.shape]], indent);
      case "reference":
        return this.#reference(shape.definition);
      case "null":
        return "None";
      case "never":
        return "Never";
      case "any":
        if (this.#style === "inline") return "Any";
        throw new MdlSchemaError(
          shape.declared ?? this.#keys,
          "an untyped value (Any, Unknown)",
          "give it a type",
        );
      default:
        return shape.kind + mark;
    }
  }

  /** A shape, its default and its comment. */
  #part([given, key]: Part, indent: string, ownsLine: boolean): string {
    const shape = lifted(given);
    if (key !== undefined) {
      this.#keys.push(key);
      this.#refuseNull(shape);
    }
    const comment = ownsLine ? this.#comment(shape) : undefined;
    let text = this.type(shape, indent, ownsLine);
    if (this.#style === "lossless" && shape.default !== undefined) text += ` = ${defaultText(shape.default)}`;
    if (key !== undefined) this.#keys.pop();
    return comment === undefined ? text : text.replace(/$/m, () => ` ${comment}`);
  }

  /** Null is no shape for the whole, a field, an item or the value of a record. */
  #refuseNull(shape: Shape): void {
    const { kind } = shape.kind === "reference" ? shape.definition.shape : shape;
    if (kind !== "null" || this.#style === "inline") return;
    throw new MdlSchemaError(
      this.#keys,
      "null as the only value",
      "make it a union with null, or leave it out",
    );
  }

  /** `name[...]`; over several lines where a part has a description that does not stand within its own braces. */
  #brackets(name: string, parts: readonly Part[], indent: string, first: string[] = [], last: string[] = []) {
    const lossless = this.#style === "lossless";
    const opened =
      lossless && parts.some(([shape]) => commentOf(lifted(shape)) !== undefined && !isBraces(shape));
    const inner = opened ? step : indent;
    const texts = [...first, ...parts.map((part) => this.#part(part, inner, opened)), ...last];
    return opened ? block(`${name}[`, texts, "]", indent) : `${name}[${texts.join(", ")}]`;
  }

  #list({ prefix, rest }: ListShape, mark: string, indent: string): string {
    const items = prefix.map((item, index): Part => [item, index]);
    if (rest.kind === "never" && items.length > 0) return this.#brackets(`Tuple${mark}`, items, indent);
    if (isOpen(rest)) return items.length > 0 ? this.#brackets(`Tuple${mark}`, items, indent) : `List${mark}`;
    if (items.length === 0) return this.#brackets(`List${mark}`, [[rest, "*"]], indent);
    const tuple = this.#brackets(`Tuple${mark}`, [...items, [rest, "*"]], indent, [], ["..."]);
    if (this.#style !== "published") return tuple;
    const types = [...items, [rest, "*"] as const].map((part) => this.#part(part, indent, false));
    while (types.length > 1 && types.at(-1) === types.at(-2)) types.pop();
    return `Tuple[${types.join(", ")}, ...]`;
  }

  #object(shape: ObjectShape, mark: string, indent: string, ownsLine: boolean): string {
    const record = recordOf(shape, this.#style === "published");
    if (record !== undefined) {
      const { key, value } = record;
      const keyType = typeof key === "string" ? key : this.type(key, indent, false);
      return this.#brackets(`Dict${mark}`, isOpen(value) ? [] : [[value, "*"]], indent, [keyType]);
    }
    const { keys } = shape;
    const named = keys !== undefined && this.#style !== "published";
    const braces = this.#braces(shape, mark, indent, ownsLine || named);
    return named ? `${braces} & Dict${mark}[${this.type(keys, indent, false)}]` : braces;
  }

  #braces(shape: ObjectShape, mark: string, indent: string, ownsLine: boolean): string {
    const before = this.#commentCount;
    const comment = ownsLine ? undefined : this.#comment(shape);
    const entries = this.#entries(shape, step);
    const shut = shape.rest.kind === "never" && this.#style !== "published";
    const [open, close] = shut ? [`Dict${mark}{|`, "|}"] : [`Dict${mark}{`, "}"];
    if (this.#commentCount === before) return open + entries.join(", ") + close;
    return block(open, comment === undefined ? entries : [comment, ...entries], close, indent);
  }

  #entries({ fields, patterns, rest }: ObjectShape, indent: string): string[] {
    const texts = fields.map((field) => this.#field(field, indent));
    if (this.#style === "published") return texts;
    for (const { pattern, shape } of patterns) {
      texts.push(`${patternText(pattern)}: ${this.#part([shape, "*"], indent, true)}`);
    }
    if (rest.kind !== "never" && !isOpen(rest)) texts.push(`*: ${this.#part([rest, "*"], indent, true)}`);
    return texts;
  }

  /** What ends a field list, where braces would tell it. */
  #end({ rest }: ObjectShape): readonly string[] {
    return rest.kind === "never" && this.#style !== "published" ? ["!"] : [];
  }

  #field({ name, shape, optional }: Field, indent: string): string {
    const key = keyText(name);
    if (isOpen(shape) && !optional) return key;
    const type = this.#part([shape, name], indent, true);
    if (this.#style !== "published") return `${key}${optional ? "?" : ""}: ${type}`;
    return `${key}: ${optional && !type.startsWith("Optional[") ? `Optional[${type}]` : type}`;
  }

  #union({ members, exclusive }: UnionShape, indent: string): string {
    const others = members.filter((member) => !isPlainNull(member));
    const nullable = exclusive
      ? others.length === members.length - 1 && !others.some(acceptsNull)
      : others.length < members.length;
    const [only, another] = others;
    if (!nullable || only === undefined) {
      const parts = members.map((member): Part => [member]);
      return this.#brackets(exclusive ? "OneOf" : "Union", parts, indent);
    }
    const inner: Shape = another === undefined ? only : { kind: "union", members: others, exclusive };
    return this.#brackets("Optional", [[inner]], indent);
  }

  /** A union as it was published: without unions inside, null apart, all literals in one, none written twice. */
  #publishedUnion(union: UnionShape): string {
    const bare = membersOf(union).map(
      (member): Shape => (member.kind === "literal" ? { kind: "literal", values: member.values } : member),
    );
    const members = membersOf(unite(bare));
    const others = members.filter((member) => member.kind !== "null");
    const types = [...new Set(others.map((member) => this.type(member)))];
    const type = types.length === 1 ? `${types[0]}` : `Union[${types.join(", ")}]`;
    return others.length < members.length ? `Optional[${type}]` : type;
  }

  /** A part of an intersection; what cannot stand there without brackets is made a union of one. */
  #factor(shape: Shape, indent: string): string {
    const bare =
      this.#style !== "lossless" ||
      (shape.default === undefined && (commentOf(lifted(shape)) === undefined || isBraces(shape)));
    return bare ? this.type(shape, indent, false) : this.#brackets("Union", [[shape]], indent);
  }

  #reference(definition: Definition): string {
    const { name, shape } = definition;
    if (name !== "Root" && this.#style !== "inline" && !this.#definitions.has(definition)) {
      this.#definitions.set(definition, "");
      const before = this.#commentCount;
      this.#definitions.set(definition, this.#part([shape], "", true));
      this.#commentCount = before;
    }
    return name;
  }

  #comment(shape: Shape): string | undefined {
    const comment = this.#style === "lossless" ? commentOf(shape) : undefined;
    if (comment === undefined) return undefined;
    this.#commentCount += 1;
    return `# ${comment}`;
  }

  /** Whether a whole schema is written as its fields, without braces around them. */
  #isFieldList(root: Shape): root is ObjectShape {
    if (root.kind !== "object") return false;
    if (this.#style === "published") return root.fields.length > 0;
    const [first = root.patterns[0]] = root.fields;
    const isBareKey = first !== undefined && "name" in first && isOpen(first.shape) && !first.optional;
    const marked = root.loose || root.keys || root.default !== undefined || constraintsText(root) !== "";
    return first !== undefined && !isBareKey && !marked && isBraces(root);
  }
}

/** Lines of their own between brackets. */
function block(open: string, lines: readonly string[], close: string, indent: string): string {
  return `${open}\n${lines.map((line) => `${step}${line}\n`).join("")}${indent}${close}`;
}
