import type { JsonObject, JsonValue } from "@conduit/types";
import { setOwn } from "../own-property.ts";
import { flags, keyPatterns, name, rangeKeywords } from "../print/notation.ts";
import { Source } from "./source.ts";

/** A schema while it is read. */
type Draft = Record<string, JsonValue>;

const definition = /(?!(?:str|int|float|bool|None|List)\b)([\p{L}_$][\p{L}\p{N}_$.-]*)[^\S\n]*=\s*/uy;
const pattern = /\/((?:[^\\/\n]|\\.)*)\//y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** How a document starts that is a list of fields. */
const fields =
  /(?=#|(?:"(?:[^"\\\n]|\\.)*"|[\p{L}_$][\p{L}\p{N}_$.-]*|\/(?:[^\\/\n]|\\.)*\/|\*)\s*\??\s*:)/uy;
const constraintWord = /[A-Za-z][A-Za-z0-9-]*/y;

const scalars = { int: "integer", bool: "boolean", None: "null", str: "string", float: "number" } as const;

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 300;

/** Reads one text of MDL. */
export class MdlReader {
  readonly #source: Source;
  readonly #definitions: Draft = {};
  /** Names that were referred to, and where first. */
  readonly #references = new Map<string, number>();
  #depth = 0;

  constructor(text: string) {
    this.#source = new Source(text);
  }

  document(): JsonObject {
    const source = this.#source;
    source.skipSpace();
    for (;;) {
      const start = source.offset;
      const defined = source.match(definition)?.[1];
      if (defined === undefined) break;
      if (Object.hasOwn(this.#definitions, defined)) throw source.unexpected("a new name", start);
      setOwn(this.#definitions, defined, this.#typed());
    }
    const root = source.match(fields) ? this.#fields({ type: "object" }, "") : this.#typed();
    if (!source.atEnd) throw source.unexpected("the end");
    for (const [referred, offset] of this.#references) {
      if (!Object.hasOwn(this.#definitions, referred)) throw source.unexpected("a type", offset);
    }
    return Object.keys(this.#definitions).length > 0 ? { $defs: this.#definitions, ...root } : root;
  }

  /** A type, its default and its comment. */
  #typed(): Draft {
    const source = this.#source;
    const own: Draft = {};
    source.lineOwner ??= own;
    const type = this.#type();
    if (source.skip("=")) own.default = source.readJson();
    if (source.sees("#") && !source.atLineStart) {
      source.lineOwner ??= own;
      source.skipSpace();
    }
    return Object.assign(type, own);
  }

  #type(): Draft {
    const source = this.#source;
    if (this.#depth === maxDepth) throw source.unexpected(`at most ${maxDepth} types within each other`);
    this.#depth += 1;
    const allOf = [this.#primary()];
    while (source.skip("&")) allOf.push(this.#primary());
    this.#depth -= 1;
    return allOf.length === 1 ? (allOf[0] as Draft) : { allOf };
  }

  #primary(): Draft {
    const source = this.#source;
    const start = source.offset;
    const base = source.match(name)?.[0];
    switch (base) {
      case undefined:
        throw source.unexpected("a type");
      case "int":
      case "bool":
      case "None":
        return this.#constrained({ type: scalars[base] }, base);
      case "str":
      case "float":
        return this.#constrained(source.skip("?") ? {} : { type: scalars[base] }, base);
      case "Never":
        return this.#constrained({ not: {} });
      case "List": {
        const list: Draft = source.skip("?") ? {} : { type: "array" };
        if (source.skip("[")) {
          list.items = this.#typed();
          source.expect("]");
        }
        return this.#constrained(list, "list");
      }
      case "Tuple":
        return this.#tuple();
      case "Dict":
        return this.#constrained(this.#dict(), "object");
      case "Optional":
        return this.#constrained({ anyOf: [...this.#types(1), { type: "null" }] });
      case "Union":
        return this.#constrained({ anyOf: this.#types() });
      case "OneOf":
        return this.#constrained({ oneOf: this.#types() });
      case "Not":
        return this.#constrained({ not: this.#types(1)[0] ?? {} });
      case "Literal": {
        const values: JsonValue[] = [];
        source.expect("[");
        this.#list("]", () => values.push(source.readJson()));
        return this.#constrained({ enum: values });
      }
      default:
        if (base !== "Root" && !this.#references.has(base)) this.#references.set(base, start);
        return this.#constrained({ $ref: base === "Root" ? "#" : `#/$defs/${base}` });
    }
  }

  /** Types in brackets. */
  #types(count = Number.POSITIVE_INFINITY): Draft[] {
    const types: Draft[] = [];
    this.#source.expect("[");
    this.#list("]", () => {
      if (types.length === count) throw this.#source.unexpected('"]"');
      types.push(this.#typed());
    });
    return types;
  }

  #tuple(): Draft {
    const source = this.#source;
    const loose = source.skip("?");
    const items: Draft[] = [];
    let rest: Draft | undefined;
    source.expect("[");
    this.#list("]", () => {
      if (rest !== undefined) throw source.unexpected('"]"');
      if (items.length > 0 && source.skip("...")) rest = items.pop();
      else items.push(this.#typed());
    });
    const tuple: Draft = {
      ...(!loose && { type: "array" }),
      ...(items.length > 0 && { prefixItems: items }),
    };
    this.#constrained(tuple, "list");
    const { minItems, maxItems = Number.POSITIVE_INFINITY } = tuple;
    const told = minItems === undefined && tuple.maxItems === undefined;
    if (told && items.length > 0) tuple.minItems = items.length;
    if (rest !== undefined) tuple.items = rest;
    else if (told || (maxItems as number) <= items.length) tuple.items = false;
    return tuple;
  }

  #dict(): Draft {
    const source = this.#source;
    const dict: Draft = source.skip("?") ? {} : { type: "object" };
    const shut = source.skip("!");
    if (shut || !source.skip("[")) {
      source.expect("{");
      this.#fields(dict, "}");
      return shut ? { ...dict, additionalProperties: false } : dict;
    }
    const key = this.#type();
    const value = source.skip(",") || source.atLineStart ? this.#typed() : undefined;
    source.expect("]");
    const kind = Object.keys(key).length === 1 ? key.type : undefined;
    if (value !== undefined && (kind === "integer" || kind === "number")) {
      dict.patternProperties = { [keyPatterns[kind === "integer" ? "int" : "float"]]: value };
      return dict;
    }
    if (kind !== "string") dict.propertyNames = key;
    if (value !== undefined) dict.additionalProperties = value;
    return dict;
  }

  /** Entries up to `close`, or, where that is empty, up to the end. */
  #fields(object: Draft, close: string): Draft {
    const source = this.#source;
    const properties: Draft = {};
    const patterns: Draft = {};
    const required: string[] = [];
    if (source.match(/#/y)) {
      object.description = source.readLine();
      source.skipSpace();
    }
    this.#list(close, () => {
      const start = source.offset;
      if (close === "" && source.skip("!")) {
        object.additionalProperties = false;
      } else if (source.skip("*")) {
        source.expect(":");
        object.additionalProperties = this.#typed();
      } else if (source.sees("/")) {
        const found = this.#pattern();
        source.expect(":");
        setOwn(patterns, found, this.#typed());
      } else {
        const key = source.readString() ?? source.match(name)?.[0];
        if (key === undefined) throw source.unexpected("a key");
        if (Object.hasOwn(properties, key) || required.includes(key))
          throw source.unexpected("a new key", start);
        source.skipSpace();
        const optional = source.skip("?");
        if (!optional) required.push(key);
        if (optional || source.sees(":")) {
          source.expect(":");
          setOwn(properties, key, this.#typed());
        }
      }
    });
    if (Object.keys(properties).length > 0) object.properties = properties;
    if (required.length > 0) object.required = required;
    if (Object.keys(patterns).length > 0) object.patternProperties = patterns;
    return object;
  }

  /** What `read` reads, again and again up to `close`, with commas or line ends between. */
  #list(close: string, read: () => void): void {
    const source = this.#source;
    const isDone = () => (close === "" ? source.atEnd : source.skip(close));
    while (!isDone()) {
      read();
      if (!source.skip(",") && !source.atLineStart && !(close === "" ? source.atEnd : source.sees(close))) {
        throw source.unexpected(`"," or ${JSON.stringify(close)}`);
      }
    }
  }

  #pattern(): string {
    const found = this.#source.match(pattern)?.[1];
    if (found === undefined) throw this.#source.unexpected("a regular expression");
    this.#source.skipSpace();
    return found.replace(/\\(.)/g, (pair, character) => (character === "/" ? "/" : pair));
  }

  /** Adds the constraints that stand here in parentheses. */
  #constrained(draft: Draft, kind?: string): Draft {
    const source = this.#source;
    source.skipSpace();
    if (source.skip("(")) {
      do this.#constraint(draft, kind);
      while (source.skip(","));
      source.expect(")");
    }
    // A schema without keywords would be untyped.
    if (Object.keys(draft).length === 0) draft[rangeKeywords[kind as "str"][0]] = 0;
    return draft;
  }

  #constraint(draft: Draft, kind: string | undefined): void {
    const source = this.#source;
    if (source.skip("e.g.")) {
      const examples = [source.readJson()];
      while (source.skip(",")) examples.push(source.readJson());
      draft.examples = examples;
      return;
    }
    const start = source.offset;
    const [least, most] = Object.hasOwn(rangeKeywords, kind ?? "") ? rangeKeywords[kind as "str"] : [];
    const isNumber = kind === "int" || kind === "float";
    const low = least && this.#number();
    if (least && most && (low !== undefined || source.sees(".."))) {
      if (low !== undefined) draft[least] = low;
      const high = source.skip("..") ? this.#number() : isNumber ? undefined : low;
      if (high !== undefined) draft[most] = high;
      return;
    }
    if (isNumber && source.skip(">")) draft.exclusiveMinimum = this.#needNumber();
    else if (isNumber && source.skip("<")) draft.exclusiveMaximum = this.#needNumber();
    else if (kind === "str" && source.sees("/")) draft.pattern = this.#pattern();
    else {
      const quoted = kind === "str" ? source.readString() : undefined;
      const found = quoted ?? source.match(constraintWord)?.[0];
      source.skipSpace();
      if (quoted === undefined && flags.some((flag) => flag === found)) draft[found as string] = true;
      else if (kind === "list" && found === "unique") draft.uniqueItems = true;
      else if (isNumber && found === "multipleOf") draft.multipleOf = this.#needNumber();
      else if (kind === "str" && found !== undefined) draft.format = found;
      else throw source.unexpected("a constraint", start);
    }
  }

  #number(): number | undefined {
    const found = this.#source.match(number)?.[0];
    this.#source.skipSpace();
    return found === undefined ? undefined : Number(found);
  }

  #needNumber(): number {
    const found = this.#number();
    if (found === undefined) throw this.#source.unexpected("a number");
    return found;
  }
}
