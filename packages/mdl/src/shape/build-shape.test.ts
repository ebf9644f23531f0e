import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@conduit/types";
import { mdl, parseMdl, toJsonSchema } from "../index.ts";
import { oracleOf } from "../testing/oracle.ts";

/** Values of every type, some of which each of the schemas below accepts, and others not. */
const values: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, 1.5, "", "a", "b", "ab"],
  ...[[], [null], ["a"], [1, 2, 3, 4]],
  ...[{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }, { a: "a" }, { a: "b" }],
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
];

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
