import type { JsonObject, JsonValue } from "@conduit/types";
import { setOwn } from "./own-property.ts";
import { sourceOf } from "./parse-mdl/source.ts";
import { defaultWord, flags, keyPatterns, literalWord, marks, nameWord } from "./print/notation.ts";

/** A schema while it is read. */
type Draft = Record<string, JsonValue>;

/** A name before `=`, but for the types that may stand there with a default. */
const definition = new RegExp(
  `(?!(?:str|int|float|bool|None|List)\\b)${nameWord.source}(?=[^\\S\\n]*=)`,
  "uy",
);
const pattern = /\/(?:[^\\/\n]|\\.)*\//y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What bounds a number or a length; no space within, after it the next constraint starts. */
const range = new RegExp(`(?:${number.source})?(?:\\.\\.(?:${number.source})?)?`, "y");
const mark = /e\.g\.|[<>]|[A-Za-z][A-Za-z0-9-]*/y;
/** How a document starts that is a list of fields. */
const field = new RegExp(
  `(?=#|(?:"(?:[^"\\\\\\n]|\\\\.)*"|${nameWord.source}|${pattern.source}|\\*)\\s*\\??\\s*:)`,
  "uy",
);

const news = "something not said before";

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 300;

/**
 * Reads MDL, as {@link mdl} and {@link compileMdl} print it, back into a schema: plain JSON Schema of draft 2020-12.
 *
 * @throws {@link MdlSyntaxError} when the text is not MDL.
 */
export function parseMdl(text: string): JsonObject {
  const source = sourceOf(text);
  const { claimLine, fail, match, place, readComment, readJson, readWord, sees, skip, skipSpace } = source;
  const $defs: Draft = {};
  /** Definitions that are referred to, and where. */
  const references: [name: string, offset: number][] = [];
  let depth = 0;

  /** What a name starts: the JSON type of its values, how the keywords end that a range sets, and its other keywords. */
  const forms = new Map<string, readonly [type: string, suffix: string, read?: () => Draft]>(
    Object.entries({
      str: ["string", "Length"],
      int: ["integer", "imum"],
      float: ["number", "imum"],
      bool: ["boolean", ""],
      None: ["null", ""],
      List: ["array", "Items", () => (sees("[") ? { items: readOne() } : {})],
      Tuple: ["array", "Items", readItems],
      Dict: ["object", "Properties", readDict],
      Optional: ["", "", () => ({ anyOf: [readOne(), { type: "null" }] })],
      Union: ["", "", () => ({ anyOf: readTypes() })],
      OneOf: ["", "", () => ({ oneOf: readTypes() })],
      Not: ["", "", () => ({ not: readOne() })],
      Never: ["", "", () => ({ not: {} })],
      Literal: ["", "", () => ({ enum: readValues() })],
    }),
  );

  skipSpace();
  for (;;) {
    const start = place();
    const defined = readWord(definition);
    if (defined === undefined) break;
    skip("=");
    set($defs, defined, readTyped(), start);
  }
  const root = match(field) === undefined ? readTyped() : { type: "object", ...readFields("") };
  if (!isAtEnd()) fail("the end");
  for (const [referred, offset] of references) {
    if (!Object.hasOwn($defs, referred)) fail("a type", offset);
  }
  return { ...given({ $defs }), ...root };

  function isAtEnd(): boolean {
    return match(/$/y) !== undefined;
  }

  /** Whether only space stands before this place in its line, which is not the first. */
  function isAtLineStart(): boolean {
    return match(/(?<=\n[^\S\n]*)/y) !== undefined;
  }

  /** A type, its default and its comment. */
  function readTyped(): Draft {
    const own: Draft = {};
    claimLine(own);
    const type = readType();
    if (skip("=")) own.default = readWord(defaultWord) ?? readJson();
    if (!isAtLineStart()) readComment(own);
    return Object.assign(type, own);
  }

  function readType(): Draft {
    if (depth === maxDepth) fail(`at most ${maxDepth} types within each other`);
    depth += 1;
    const allOf: Draft[] = [];
    do allOf.push(readFactor());
    while (skip("&"));
    depth -= 1;
    const [only = {}, another] = allOf;
    return another ? { allOf } : only;
  }

  function readFactor(): Draft {
    const start = place();
    const base = match(nameWord) ?? fail("a type");
    const [type, suffix, read = () => ({})] = forms.get(base) ?? ["", "", () => refer(base, start)];
    const isLoose = suffix && base !== "int" && skip("?");
    const draft: Draft = { ...(type && !isLoose && { type }), ...read() };
    skipSpace();
    while (!isAtLineStart() && readConstraint(draft, base, suffix));
    if (base === "Tuple") tellLength(draft);
    // A schema that says nothing of values would be untyped.
    const isOpen = Object.keys(draft).every((keyword) => ["examples", ...flags].includes(keyword));
    if (isOpen && base !== "float") draft[`min${suffix}`] = 0;
    return draft;
  }

  function refer(base: string, start: number): Draft {
    if (base === "Root") return { $ref: "#" };
    references.push([base, start]);
    return { $ref: `#/$defs/${base}` };
  }

  /** Types in brackets. */
  function readTypes(count = Number.POSITIVE_INFINITY): Draft[] {
    return readList("]", (index) => (index === count ? fail('"]"') : readTyped()));
  }

  function readOne(): Draft {
    const [only = {}] = readTypes(1);
    return only;
  }

  /** The values of a literal: JSON, or words without commas between. */
  function readValues(): JsonValue[] {
    const values: JsonValue[] = [];
    readList("]", () => {
      let word = readWord(literalWord);
      if (word === undefined) values.push(readJson());
      for (; word !== undefined; word = readWord(literalWord)) values.push(word);
    });
    return values;
  }

  function readItems(): Draft {
    const prefixItems: Draft[] = [];
    const tuple: Draft = {};
    readList("]", () => {
      if (tuple.items !== undefined) fail('"]"');
      if (prefixItems.length > 0 && skip("...")) tuple.items = prefixItems.pop() as Draft;
      else prefixItems.push(readTyped());
    });
    return { ...tuple, ...given({ prefixItems }) };
  }

  function readDict(): Draft {
    if (skip("{|")) return { ...readFields("|}"), additionalProperties: false };
    if (skip("{")) return readFields("}");
    const [key = {}, value] = readTypes(2);
    const keyType = Object.keys(key).length === 1 && String(key.type);
    const pattern = keyType && keyPatterns[keyType];
    if (value && pattern) return { patternProperties: { [pattern]: value } };
    return {
      ...(keyType !== "string" && { propertyNames: key }),
      ...(value && { additionalProperties: value }),
    };
  }

  /** Entries up to `close`; a whole document where that is empty. */
  function readFields(close: string): Draft {
    const object: Draft = {};
    const properties: Draft = {};
    const patternProperties: Draft = {};
    const required = new Set<string>();
    readComment(object);
    readList(close, () => {
      const start = place();
      const setValue = (target: Draft, key: string) => {
        if (!skip(":")) fail('":"');
        set(target, key, readTyped(), start);
      };
      if (close === "" && skip("!")) set(object, "additionalProperties", false, start);
      else if (skip("*")) setValue(object, "additionalProperties");
      else if (sees("/")) setValue(patternProperties, readPattern());
      else {
        const key = readText() ?? readWord(nameWord) ?? fail("a key");
        const isOptional = skip("?");
        if (required.has(key)) fail(news, start);
        if (isOptional || sees(":")) setValue(properties, key);
        if (!isOptional) required.add(key);
      }
    });
    return { ...object, ...given({ properties, required: [...required], patternProperties }) };
  }

  /** What `read` reads, again and again up to `close`, with commas or line ends between; brackets are opened here, and not empty. */
  function readList<T>(close: string, read: (index: number) => T): T[] {
    const found: T[] = [];
    const isBracket = close === "]";
    if (isBracket && !skip("[")) fail('"["');
    const isAtClose = () => (close ? sees(close) : isAtEnd());
    while (!isAtClose() || (isBracket && found.length === 0)) {
      found.push(read(found.length));
      if (!skip(",") && !isAtClose() && !isAtLineStart()) fail(`"," or ${close ? `"${close}"` : "the end"}`);
    }
    skip(close);
    return found;
  }

  function readText(): string | undefined {
    return sees('"') ? (readJson() as string) : undefined;
  }

  function readPattern(): string {
    const found = readWord(pattern) ?? fail("a regular expression");
    return found.slice(1, -1).replace(/\\(?=\/)|(\\.)/g, "$1");
  }

  /** Reads a constraint of a type; false where none stands here. */
  function readConstraint(draft: Draft, base: string, suffix: string): boolean {
    const start = place();
    const isText = base === "str";
    const say = (keyword: string, value: JsonValue) => set(draft, keyword, value, start);
    const bounds = suffix && match(range);
    if (bounds) {
      const [least, most = suffix === "imum" ? fail('".."') : least] = bounds.split("..");
      if (!least && !most) fail("a number");
      skipSpace();
      if (least) say(`min${suffix}`, Number(least));
      if (most) say(`max${suffix}`, Number(most));
    } else if (isText && sees("/")) say("pattern", readPattern());
    else if (isText && sees('"')) say("format", readJson());
    else {
      const found = readWord(mark);
      if (found === undefined) return false;
      const [, keyword, of] = marks.find(([known]) => known === found) ?? [];
      if (found === "e.g.") say("examples", readExamples());
      else if (keyword && (!of || of === suffix)) {
        say(keyword, of !== "imum" || Number(readWord(number) ?? fail("a number")));
      } else if (isText && /^[a-z]/.test(found)) say("format", found);
      else fail("a constraint", start);
    }
    return true;
  }

  function readExamples(): JsonValue[] {
    const examples = [readJson()];
    while (!isAtLineStart() && match(/(?=["[{\d-]|true|false|null)/y) !== undefined)
      examples.push(readJson());
    return examples;
  }

  /** Sets what must not be there yet; what says so starts at `start`. */
  function set(target: Draft, key: string, value: JsonValue, start: number): void {
    if (Object.hasOwn(target, key)) fail(news, start);
    setOwn(target, key, value);
  }
}

/** The keywords whose values are not empty. */
function given(keywords: Record<string, Draft | JsonValue[]>): Draft {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => Object.keys(value).length > 0));
}

/** A tuple without a range has all its items, and without `...` no others. */
function tellLength(tuple: Draft): void {
  const { minItems, maxItems, prefixItems = [] } = tuple;
  const { length: count } = prefixItems as JsonValue[];
  const isTold = minItems === undefined && maxItems === undefined;
  if (isTold && count > 0) tuple.minItems = count;
  if (isTold || Number(maxItems) <= count) tuple.items ??= false;
}
