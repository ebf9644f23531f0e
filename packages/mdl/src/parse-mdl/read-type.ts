import type { JsonValue } from "@conduit/types";
import { defaultWord, keyPatterns, literalWord, nameWord } from "../print/notation.ts";
import { readConstraint, readPattern } from "./read-constraint.ts";
import {
  type Draft,
  expect,
  fail,
  failAgain,
  isAtEnd,
  isAtLineStart,
  match,
  readComment,
  readJson,
  readWord,
  type Source,
  sees,
  setOnce,
  skip,
  skipSpace,
} from "./source.ts";

/** Keywords of constraints that say nothing of values. */
const annotation = /^(?:examples|readOnly|writeOnly|deprecated)$/;

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 300;

/** What a name starts: the keywords after it, the JSON type of its values, and how the keywords end that a range sets. */
type Form = readonly [read: (source: Source) => Draft, type?: string, suffix?: string];

const nothing = () => ({});

const forms: Readonly<Record<string, Form>> = {
  str: [nothing, "string", "Length"],
  int: [nothing, "integer", "imum"],
  float: [nothing, "number", "imum"],
  bool: [nothing, "boolean"],
  None: [nothing, "null"],
  List: [(source) => (sees(source, "[") ? { items: readOne(source) } : {}), "array", "Items"],
  Tuple: [readItems, "array", "Items"],
  Dict: [readDict, "object", "Properties"],
  Optional: [(source) => ({ anyOf: [readOne(source), { type: "null" }] })],
  Union: [(source) => ({ anyOf: readTypes(source) })],
  OneOf: [(source) => ({ oneOf: readTypes(source) })],
  Not: [(source) => ({ not: readOne(source) })],
  Never: [() => ({ not: {} })],
  Literal: [(source) => ({ enum: readValues(source) })],
};

/** Reads a type, its default and its comment. */
export function readTyped(source: Source): Draft {
  const own: Draft = {};
  source.lineOwner ??= own;
  const type = readType(source);
  if (skip(source, "=")) own.default = readWord(source, defaultWord) ?? readJson(source);
  if (!isAtLineStart(source)) readComment(source, own);
  return Object.assign(type, own);
}

function readType(source: Source): Draft {
  if (source.depth === maxDepth) fail(source, `at most ${maxDepth} types within each other`);
  source.depth += 1;
  const allOf: Draft[] = [];
  do allOf.push(readFactor(source));
  while (skip(source, "&"));
  source.depth -= 1;
  const [only = {}, another] = allOf;
  return another ? { allOf } : only;
}

function readFactor(source: Source): Draft {
  const start = source.offset;
  const base = match(source, nameWord) ?? fail(source, "a type");
  const form = Object.hasOwn(forms, base) ? forms[base] : undefined;
  const [read, type, suffix] = form ?? [() => refer(source, base, start)];
  const isLoose = suffix && base !== "int" && skip(source, "?");
  const draft: Draft = { ...(type && !isLoose && { type }), ...read(source) };
  skipSpace(source);
  while (!isAtLineStart(source) && readConstraint(source, draft, base, suffix));
  if (base === "Tuple") tellLength(draft);
  // A schema that says nothing of values would be untyped.
  const isOpen = Object.keys(draft).every((keyword) => annotation.test(keyword));
  if (isOpen && base !== "float") draft[`min${suffix}`] = 0;
  return draft;
}

function refer({ references }: Source, name: string, start: number): Draft {
  if (name === "Root") return { $ref: "#" };
  references.push([name, start]);
  return { $ref: `#/$defs/${name}` };
}

/** Types in brackets. */
function readTypes(source: Source, count?: number): Draft[] {
  return readList(source, "]", (index) => (index === count ? fail(source, '"]"') : readTyped(source)));
}

function readOne(source: Source): Draft {
  const [only = {}] = readTypes(source, 1);
  return only;
}

/** The values of a literal: JSON, or words without commas between. */
function readValues(source: Source): JsonValue[] {
  const values: JsonValue[] = [];
  readList(source, "]", () => {
    let word = readWord(source, literalWord);
    if (word === undefined) values.push(readJson(source));
    for (; word !== undefined; word = readWord(source, literalWord)) values.push(word);
  });
  return values;
}

function readItems(source: Source): Draft {
  const prefixItems: Draft[] = [];
  const tuple: Draft = {};
  readList(source, "]", () => {
    if (tuple.items) fail(source, '"]"');
    if (prefixItems.length > 0 && skip(source, "...")) tuple.items = prefixItems.pop() as Draft;
    else prefixItems.push(readTyped(source));
  });
  return { ...tuple, ...given({ prefixItems }) };
}

function readDict(source: Source): Draft {
  if (skip(source, "{|")) return { ...readFields(source, "|}"), additionalProperties: false };
  if (skip(source, "{")) return readFields(source, "}");
  const [key = {}, value] = readTypes(source, 2);
  const keyType = Object.keys(key).length === 1 && String(key.type);
  const pattern = keyType && keyPatterns[keyType];
  if (value && pattern) return { patternProperties: { [pattern]: value } };
  return {
    ...(keyType !== "string" && { propertyNames: key }),
    ...(value && { additionalProperties: value }),
  };
}

/** Reads the entries of an object up to `close`; a whole document where that is empty. */
export function readFields(source: Source, close: string): Draft {
  const object: Draft = {};
  const properties: Draft = {};
  const patternProperties: Draft = {};
  const required = new Set<string>();
  readComment(source, object);
  readList(source, close, () => {
    const start = source.offset;
    const setValue = (draft: Draft, key: string) => {
      expect(source, ":");
      setOnce(source, draft, key, readTyped(source), start);
    };
    if (!close && skip(source, "!")) setOnce(source, object, "additionalProperties", false, start);
    else if (skip(source, "*")) setValue(object, "additionalProperties");
    else if (sees(source, "/")) setValue(patternProperties, readPattern(source));
    else {
      const quoted = sees(source, '"') ? String(readJson(source)) : undefined;
      const key = quoted ?? readWord(source, nameWord) ?? fail(source, "a key");
      const isOptional = skip(source, "?");
      if (required.has(key)) failAgain(source, start);
      if (isOptional || sees(source, ":")) setValue(properties, key);
      if (!isOptional) required.add(key);
    }
  });
  return { ...object, ...given({ properties, required: [...required], patternProperties }) };
}

/**
 * What `read` reads, again and again up to `close`, with commas or line ends between. Square brackets are opened here, and
 * are not empty.
 */
function readList<T>(source: Source, close: string, read: (index: number) => T): T[] {
  const found: T[] = [];
  const isBracket = close === "]";
  if (isBracket) expect(source, "[");
  const isAtClose = () => (close ? sees(source, close) : isAtEnd(source));
  while (!isAtClose() || (isBracket && found.length === 0)) {
    found.push(read(found.length));
    if (!skip(source, ",") && !isAtClose() && !isAtLineStart(source)) {
      fail(source, `"," or ${close ? `"${close}"` : "the end"}`);
    }
  }
  skip(source, close);
  return found;
}

/** The keywords whose values are not empty. */
export function given(keywords: Record<string, Draft | JsonValue[]>): Draft {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => Object.keys(value).length > 0));
}

/** A tuple without a range has all its items, and without `...` no others. */
function tellLength(tuple: Draft): void {
  const { minItems, maxItems, prefixItems = [] } = tuple;
  const { length: count } = prefixItems as JsonValue[];
  const isTold = (minItems ?? maxItems) === undefined;
  if (isTold && count > 0) tuple.minItems = count;
  if (isTold || Number(maxItems) <= count) tuple.items ??= false;
}
