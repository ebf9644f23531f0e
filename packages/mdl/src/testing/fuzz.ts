import assert from "node:assert/strict";
import fc from "fast-check";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { MdlParseError } from "../mdl-parse-error.ts";
import { parse } from "../parse.ts";
import { parsePartial } from "../parse-partial.ts";
import { PartialParser } from "../partial/partial-parser.ts";
import { pieces, Replay } from "./replay.ts";
import { typedValues, type Written } from "./typed-values.ts";
import { damage, type Sloppiness, sloppiness, writeSloppily } from "./write-sloppily.ts";

const valuesPerSchema = 5;
const seed = 1;

/** Checks `property` with so many pairs of a schema and a value. */
function forPairs<T>(
  pairCount: number,
  extra: fc.Arbitrary<T>,
  property: (schema: TSchema, written: Written, extra: T) => void,
): void {
  const extras = fc.array(extra, { minLength: valuesPerSchema, maxLength: valuesPerSchema });
  fc.assert(
    fc.property(typedValues(valuesPerSchema), extras, ({ schema, values }, all) => {
      for (const [index, written] of values.entries()) property(schema, written, all[index] as T);
    }),
    { numRuns: Math.ceil(pairCount / valuesPerSchema), seed },
  );
}

const isStructure = (value: unknown) => typeof value === "object" && value !== null;

/** Values come back from their JSON with nothing repaired. */
export function fuzzPlain(pairCount: number): void {
  forPairs(pairCount, fc.constantFrom(0, 2, "\t"), (schema, { value }, space) => {
    const { value: parsed, repairs } = parse(JSON.stringify(value, null, space), schema);
    assert.deepEqual({ parsed, repairs }, { parsed: value, repairs: [] });
  });
}

/** Values come back from what a model may make of their JSON, and from the pushes of it. */
export function fuzzSloppy(pairCount: number): void {
  const extra = fc.record({ style: sloppiness, lengths: lengths() }, { noNullPrototype: true });
  forPairs(pairCount, extra, (schema, { value, sloppy }, { style, lengths }) => {
    if (!isStructure(value) || !isStructure(sloppy)) return;
    const text = writeSloppily(sloppy, style);
    const { value: parsed, repairs } = parse(text, schema);
    assert.deepEqual(parsed, value, text);
    if (!isPlain(text, value)) assert.notEqual(repairs.length, 0, text);
    const shown = follow(schema, text, lengths);
    if (style.missingBrackets === 0) assert.deepEqual(shown, value, text);
  });
}

/** What of damaged answers is understood is valid, and nothing but the error of the package is thrown. */
export function fuzzDamaged(pairCount: number): void {
  const extra = fc.record({ style: sloppiness, lengths: lengths(), damage }, { noNullPrototype: true });
  forPairs(pairCount, extra, (schema, { sloppy }, { style, lengths, damage }) => {
    const text = damage(writeSloppily(sloppy, style as Sloppiness));
    follow(schema, text, lengths);
    try {
      const { value } = parse(text, schema);
      assert.ok(Compile(schema).Check(value), text);
    } catch (error) {
      assert.ok(MdlParseError.isInstance(error), `${text}: ${(error as Error).stack}`);
    }
  });
}

/** What is told of the beginnings of an answer is in its value, and all of it is in the end. */
export function fuzzPrefixes(pairCount: number): void {
  const extra = fc.record({ space: fc.constantFrom(0, 1), lengths: lengths() }, { noNullPrototype: true });
  forPairs(pairCount, extra, (schema, { value }, { space, lengths }) => {
    const text = JSON.stringify(value, null, space);
    const shown = follow(schema, text, lengths, (part) => assertWithin(part, value));
    if (isStructure(value)) assert.deepEqual(shown, value);
    const half = text.slice(0, text.length / 2);
    assertWithin(parsePartial(half, schema), value);
  });
}

const lengths = () => fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

function isPlain(text: string, value: unknown): boolean {
  try {
    assert.deepEqual(JSON.parse(text), value);
    return true;
  } catch {
    return false;
  }
}

/** The value after all pushes; after each, the deltas lead to it. */
function follow(
  schema: TSchema,
  text: string,
  lengths: readonly number[],
  check: (value: unknown) => void = () => {},
): unknown {
  const parser = new PartialParser(schema);
  const replay = new Replay();
  for (const piece of pieces(text, lengths)) {
    replay.apply(parser.push(piece));
    assert.deepEqual(replay.value, parser.value, text);
    check(parser.value);
  }
  return parser.value;
}

/** Asserts that `part` says nothing that `whole` does not say: its text may be the start of the whole's. */
function assertWithin(part: unknown, whole: unknown): void {
  if (part === undefined) return;
  if (typeof part === "string" && typeof whole === "string") {
    assert.ok(whole.startsWith(part), `${part} is no start of ${whole}`);
  } else if (isStructure(part)) {
    assert.ok(isStructure(whole) && Array.isArray(part) === Array.isArray(whole));
    const entries = new Map(Object.entries(whole as object));
    for (const [key, value] of Object.entries(part as object)) {
      assert.ok(entries.has(key), `${key} is not in the value`);
      assertWithin(value, entries.get(key));
    }
  } else {
    assert.equal(part, whole);
  }
}
