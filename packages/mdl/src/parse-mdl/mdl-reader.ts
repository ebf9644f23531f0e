import type { JsonObject, JsonValue } from "@conduit/types";
import { setOwn } from "../own-property.ts";
import { flags, keyPatterns, literalWord, name, rangeSuffixes } from "../print/notation.ts";
import { Source } from "./source.ts";

/** A schema while it is read. */
type Draft = Record<string, JsonValue>;

const types = new Map(
  Object.entries({
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    None: "null",
    List: "array",
    Tuple: "array",
    Dict: "object",
  }),
);

/** A name before `=`, but for the types that may stand there with a default. */
const definition = /(?!(?:str|int|float|bool|None|List)\b)[\p{L}_$][\p{L}\p{N}_$.-]*(?=[^\S\n]*=)/uy;
/** A text without quotes. */
const defaultWord = /(?!(?:true|false|null)(?![\p{L}\p{N}_$.-]))[\p{L}_$][\p{L}\p{N}_$.-]*/uy;
const pattern = /\/(?:[^\\/\n]|\\.)*\//y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const mark = /e\.g\.|[<>]|[A-Za-z][A-Za-z0-9-]*/y;
/** How a document starts that is a list of fields. */
const field = /(?=#|(?:"(?:[^"\\\n]|\\.)*"|[\p{L}_$][\p{L}\p{N}_$.-]*|\/(?:[^\\/\n]|\\.)*\/|\*)\s*\??\s*:)/uy;

const marks: readonly string[] = flags;
const news = "something not said before";

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 300;

/** Reads one text of MDL. */
export class MdlReader extends Source {
  readonly #definitions: Draft = {};
  /** Names that were referred to, and where first. */
  readonly #references = new Map<string, number>();
  #depth = 0;

  document(): JsonObject {
    this.skipSpace();
    for (;;) {
      const start = this.offset;
      const defined = this.match(definition);
      if (defined === undefined) break;
      this.skipSpace();
      this.expect("=");
      this.#set(this.#definitions, defined, this.#typed(), start);
    }
    const root = this.match(field) === undefined ? this.#typed() : this.#fields({ type: "object" }, "");
    if (!this.atEnd) this.fail("the end");
    for (const [referred, offset] of this.#references) {
      if (!Object.hasOwn(this.#definitions, referred)) this.fail("a type", offset);
    }
    return { ...given("$defs", this.#definitions), ...root };
  }

  /** A type, its default and its comment. */
  #typed(): Draft {
    const own: Draft = {};
    this.lineOwner ??= own;
    const type = this.#type();
    if (this.skip("=")) own.default = this.#default();
    if (this.sees("#") && !this.atLineStart) {
      this.lineOwner ??= own;
      this.skipSpace();
    }
    return Object.assign(type, own);
  }

  #default(): JsonValue {
    const word = this.match(defaultWord);
    if (word === undefined) return this.readJson();
    this.skipSpace();
    return word;
  }

  #type(): Draft {
    if (this.#depth === maxDepth) this.fail(`at most ${maxDepth} types within each other`);
    this.#depth += 1;
    const first = this.#primary();
    const allOf = [first];
    while (this.skip("&")) allOf.push(this.#primary());
    this.#depth -= 1;
    return allOf.length === 1 ? first : { allOf };
  }

  #primary(): Draft {
    const start = this.offset;
    const base = this.match(name) ?? this.fail("a type");
    const type = types.get(base);
    const isLoose = /^(?:str|float|List|Tuple|Dict)$/.test(base) && this.skip("?");
    const draft: Draft = type === undefined || isLoose ? {} : { type };
    switch (base) {
      case "List":
        if (this.sees("[")) [draft.items = {}] = this.#types(1);
        break;
      case "Tuple":
        this.#items(draft);
        break;
      case "Dict":
        this.#dict(draft);
        break;
      case "Optional":
        draft.anyOf = [...this.#types(1), { type: "null" }];
        break;
      case "Union":
        draft.anyOf = this.#types();
        break;
      case "OneOf":
        draft.oneOf = this.#types();
        break;
      case "Not":
        [draft.not = {}] = this.#types(1);
        break;
      case "Never":
        draft.not = {};
        break;
      case "Literal":
        draft.enum = this.#values();
        break;
      default:
        if (type !== undefined) break;
        draft.$ref = base === "Root" ? "#" : `#/$defs/${base}`;
        if (base !== "Root" && !this.#references.has(base)) this.#references.set(base, start);
    }
    this.skipSpace();
    while (!this.atLineStart && this.#constraint(draft, base));
    if (base === "Tuple") tellLength(draft);
    // A schema that says nothing of values would be untyped.
    const says = Object.keys(draft).some((keyword) => keyword !== "examples" && !marks.includes(keyword));
    if (!says && base !== "float") draft[`min${rangeSuffixes[base]}`] = 0;
    return draft;
  }

  /** Types in brackets. */
  #types(count = Number.POSITIVE_INFINITY): Draft[] {
    let left = count;
    return this.#list("[", "]", () => {
      if (left === 0) this.fail('"]"');
      left -= 1;
      return this.#typed();
    });
  }

  /** The values of a literal: JSON, or words without commas between. */
  #values(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#list("[", "]", () => {
      let found = this.match(literalWord);
      if (found === undefined) values.push(this.readJson());
      for (; found !== undefined; found = this.match(literalWord)) {
        values.push(found);
        this.skipSpace();
      }
    });
    return values;
  }

  #items(tuple: Draft): void {
    const items: Draft[] = [];
    this.#list("[", "]", () => {
      if (tuple.items !== undefined) this.fail('"]"');
      if (items.length > 0 && this.skip("...")) tuple.items = items.pop() as Draft;
      else items.push(this.#typed());
    });
    Object.assign(tuple, given("prefixItems", items));
  }

  #dict(dict: Draft): void {
    const shut = this.skip("{|");
    if (shut || this.skip("{")) {
      this.#fields(dict, shut ? "|}" : "}");
      if (shut) dict.additionalProperties = false;
      return;
    }
    const [key = {}, value] = this.#types(2);
    const keyType = Object.keys(key).length === 1 ? key.type : undefined;
    if (value !== undefined && (keyType === "integer" || keyType === "number")) {
      dict.patternProperties = { [keyPatterns[keyType === "integer" ? "int" : "float"]]: value };
      return;
    }
    if (keyType !== "string") dict.propertyNames = key;
    if (value !== undefined) dict.additionalProperties = value;
  }

  /** Entries up to `close`; a whole document where that is empty. */
  #fields(object: Draft, close: string): Draft {
    const properties: Draft = {};
    const patterns: Draft = {};
    const required = new Set<string>();
    if (this.match(/#/y) !== undefined) {
      object.description = this.readLine();
      this.skipSpace();
    }
    const value = (): Draft => {
      this.expect(":");
      return this.#typed();
    };
    this.#list("", close, () => {
      const start = this.offset;
      if (close === "" && this.skip("!")) return this.#set(object, "additionalProperties", false, start);
      if (this.skip("*")) return this.#set(object, "additionalProperties", value(), start);
      if (this.sees("/")) return this.#set(patterns, this.#pattern(), value(), start);
      const key = this.readString() ?? this.match(name) ?? this.fail("a key");
      this.skipSpace();
      const optional = this.skip("?");
      if (required.has(key)) this.fail(news, start);
      if (optional || this.sees(":")) this.#set(properties, key, value(), start);
      if (!optional) required.add(key);
    });
    return Object.assign(
      object,
      given("properties", properties),
      given("required", [...required]),
      given("patternProperties", patterns),
    );
  }

  /** What `read` reads, again and again between `open` and `close`, with commas or line ends between. */
  #list<T>(open: string, close: string, read: () => T): T[] {
    const found: T[] = [];
    const isAtClose = () => (close === "" ? this.atEnd : this.sees(close));
    this.expect(open);
    // Only braces can be empty.
    while (!isAtClose() || (found.length === 0 && open !== "")) {
      found.push(read());
      if (!this.skip(",") && !isAtClose() && !this.atLineStart)
        this.fail(`"," or ${close ? `"${close}"` : "the end"}`);
    }
    this.expect(close);
    return found;
  }

  #pattern(): string {
    const found = this.match(pattern) ?? this.fail("a regular expression");
    this.skipSpace();
    return found.slice(1, -1).replace(/\\(.)/g, (pair, character) => (character === "/" ? "/" : pair));
  }

  /** Reads a constraint of a type; false where none stands here. */
  #constraint(draft: Draft, base: string): boolean {
    const start = this.offset;
    const suffix = rangeSuffixes[base];
    const isNumber = suffix === "imum";
    const set = (keyword: string, value: JsonValue) => this.#set(draft, keyword, value, start);
    if (suffix && this.match(/(?=-?\d|\.\.)/y) !== undefined) {
      // No space within: after it, the next constraint starts.
      const least = this.#limit();
      const isRange = this.match(/\.\./y) !== undefined;
      if (!isRange && isNumber) this.fail('".."');
      const most = isRange ? this.#limit() : least;
      if (least === undefined && most === undefined) this.fail("a number");
      this.skipSpace();
      if (least !== undefined) set(`min${suffix}`, least);
      if (most !== undefined) set(`max${suffix}`, most);
      return true;
    }
    if (base === "str" && this.sees("/")) {
      set("pattern", this.#pattern());
      return true;
    }
    const quoted = base === "str" ? this.readString() : undefined;
    const found = quoted ?? this.match(mark) ?? "";
    if (found === "" && quoted === undefined) return false;
    this.skipSpace();
    const limit = { ">": "exclusiveMinimum", "<": "exclusiveMaximum", multipleOf: "multipleOf" }[found];
    if (quoted !== undefined) set("format", quoted);
    else if (found === "e.g.") set("examples", this.#examples());
    else if (marks.includes(found)) set(found, true);
    else if (isNumber && limit !== undefined) set(limit, this.#number() ?? this.fail("a number"));
    else if (suffix === "Items" && found === "unique") set("uniqueItems", true);
    else if (base === "str" && /^[a-z]/.test(found)) set("format", found);
    else this.fail("a constraint", start);
    return true;
  }

  #examples(): JsonValue[] {
    const examples = [this.readJson()];
    while (!this.atLineStart && this.match(/(?=["[{\d-]|true|false|null)/y) !== undefined) {
      examples.push(this.readJson());
    }
    return examples;
  }

  /** Sets what must not be there yet; what says so starts at `start`. */
  #set(target: Draft, key: string, value: JsonValue, start: number): void {
    if (Object.hasOwn(target, key)) this.fail(news, start);
    setOwn(target, key, value);
  }

  #number(): number | undefined {
    const found = this.#limit();
    this.skipSpace();
    return found;
  }

  #limit(): number | undefined {
    const found = this.match(number);
    return found === undefined ? undefined : Number(found);
  }
}

/** A keyword with its value; nothing where that is empty. */
function given(keyword: string, value: Draft | JsonValue[]): Draft {
  return Object.keys(value).length > 0 ? { [keyword]: value } : {};
}

/** A tuple without a range has all its items, and without `...` no others. */
function tellLength(tuple: Draft): void {
  const count = (tuple.prefixItems as Draft[] | undefined)?.length ?? 0;
  const { minItems, maxItems } = tuple;
  const isTold = minItems === undefined && maxItems === undefined;
  if (isTold && count > 0) tuple.minItems = count;
  if (isTold || Number(maxItems) <= count) tuple.items ??= false;
}
