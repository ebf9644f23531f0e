import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@conduit/types";
import { mdl, parseMdl, toJsonSchema } from "../index.ts";
import { oracleOf } from "../testing/oracle.ts";

/** Values of every type, some of which each of the schemas below accepts, and others not. */
const values: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, 1.5, "", "a", "b", "ab"],
  ...[[], [null], ["a"], [1, 2, 3, 4]],
  ...[{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }, { a: "a" }, { a: "b" }, { a: null }],
];

/** Schemas, and their MDL. */
const cases: readonly (readonly [what: string, schema: JsonObject, text: string])[] = [
  [
    "lists that are asked for twice",
    { type: "array", allOf: [{ type: "array" }, { not: { type: "array", maxItems: 3 } }] },
    "List & Not[List ..3]",
  ],
  [
    "lists that are asked for three times, once with bounds",
    { allOf: [{ type: "array" }, { type: "array", minItems: 1 }, { type: "array" }] },
    "List 1..",
  ],
  [
    "booleans that are asked for twice",
    { allOf: [{ type: "boolean" }, { not: { const: true } }, { type: "boolean" }] },
    "bool & Not[Literal[true]]",
  ],
  [
    "one of a constant and a reference that excludes it",
    { $defs: { a: { enum: ["b", "ab"] } }, properties: oneOfEach({ const: "a" }, { $ref: "#/$defs/a" }) },
    'A = Literal[b ab]\nDict?{a?: Union[Literal["a"], A], b?: Union[A, Literal["a"]]}',
  ],
  [
    "one of a constant and a reference that includes it",
    { $defs: { a: { enum: ["b", "a"] } }, properties: oneOfEach({ const: "a" }, { $ref: "#/$defs/a" }) },
    'A = Literal[b a]\nDict?{a?: OneOf[Literal["a"], A], b?: OneOf[A, Literal["a"]]}',
  ],
  [
    "one of constants and alternatives of which each excludes another",
    {
      properties: oneOfEach(
        { enum: ["a", 1] },
        { allOf: [{ type: ["string", "number"] }, { pattern: "b" }, { exclusiveMaximum: 1 }] },
      ),
    },
    'Dict?{a?: Union[Literal["a", 1], Union[str, float] & str? /b/ & float? <1], b?: Union[Union[str, float] & str? /b/ & float? <1, Literal["a", 1]]}',
  ],
  [
    "one of a constant and lists too short for it",
    { oneOf: [{ const: [1, 2, 3, 4] }, { type: "array", maxItems: 3 }] },
    "Union[Literal[[1,2,3,4]], List ..3]",
  ],
  ["booleans beside bounds of text", { allOf: [{ type: "boolean" }, { minLength: 1 }] }, "bool"],
  ["whole numbers beside bounds of text", { allOf: [{ minLength: 1 }, { type: "integer" }] }, "int"],
  [
    "null beside bounds of text",
    { anyOf: [{ allOf: [{ type: "null" }, { minLength: 1 }] }, { type: "string" }] },
    "Optional[str]",
  ],
  [
    "several types beside bounds of another and of one of them",
    { type: ["string", "null"], allOf: [{ minimum: 1 }, { minLength: 2 }] },
    "Optional[str] & str? 2..",
  ],
  [
    "booleans beside alternatives of which all fit one",
    { type: "boolean", oneOf: [{ type: ["string", "null"] }, { minimum: 1 }] },
    "bool & OneOf[Optional[str], float? 1..]",
  ],
  [
    "a key that another needs twice",
    { dependentRequired: { a: ["b", "b"] } },
    "Union[Not[Dict{a}], Dict{b}]",
  ],
  ["a key that is asked for twice", { type: "object", required: ["b", "b"] }, "Dict{b}"],
];

/** Two keys, for the orders that alternatives can have. */
function oneOfEach(one: JsonObject, other: JsonObject): JsonObject {
  return { a: { oneOf: [one, other] }, b: { oneOf: [other, one] } };
}

for (const [what, schema, text] of cases) {
  test(`prints ${what} for the same values`, () => {
    assert.equal(mdl(schema), text);
    const accepts = oracleOf(schema);
    assert.ok(values.some(accepts) && !values.every(accepts));
    for (const written of [parseMdl(text) as JsonObject, toJsonSchema(schema, { closed: false })]) {
      const acceptsWritten = oracleOf(written);
      for (const value of values) assert.equal(acceptsWritten(value), accepts(value), JSON.stringify(value));
    }
  });
}
