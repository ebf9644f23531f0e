import assert from "node:assert/strict";
import { test } from "node:test";
import { BamlType } from "./baml-runtime.ts";
import { BamlUnsupportedError, bamlSource } from "./baml-source.ts";

test("a schema's type reads in BAML as BAML would have it", () => {
  const schema = {
    type: "object",
    properties: {
      "first-name": { type: "string", description: "As in the passport" },
      kind: { enum: ["a", "b", 3] },
      scores: { type: "object", additionalProperties: { type: ["integer", "null"] } },
      next: { $ref: "#" },
    },
    required: ["first-name", "kind", "scores"],
  };
  assert.equal(
    new BamlType(bamlSource(schema)).outputFormat(),
    `Answer {
  // As in the passport
  first-name: string,
  kind: "a" or "b" or 3,
  scores: map<string, int or null>,
  next: Answer or null,
}

Answer`,
  );
});

test("a schema that has no type in BAML is refused with the reason", () => {
  for (const [schema, reason] of [
    [{ type: "array" }, "untyped value"],
    [{ type: "array", items: [{ type: "string" }] }, "tuple"],
    [{ allOf: [{ type: "string" }, { minLength: 1 }] }, "allOf"],
    [
      { properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
      "named keys beside others",
    ],
  ] as const) {
    assert.throws(
      () => bamlSource(schema),
      (error) => error instanceof BamlUnsupportedError && error.message === reason,
    );
  }
});

test("BAML parses an answer of the type", () => {
  const type = new BamlType(
    bamlSource({ properties: { a: { type: "integer" } }, required: ["a"] }, { keysAreNames: true }),
  );
  assert.deepEqual(type.parse('Here: {"a": 1}'), { a: 1 });
});
