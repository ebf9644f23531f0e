import assert from "node:assert/strict";
import { test } from "node:test";
import { keptText } from "./kept-text.ts";

test("names, descriptions, values and bounds are kept text, types and keywords are not", () => {
  const pieces = keptText({
    type: "object",
    description: "A person",
    properties: {
      name: { type: "string", pattern: "^a", minLength: 1 },
      role: { enum: ["boss", 7, null], default: { key: [true] } },
      friend: { $ref: "#/$defs/Person" },
    },
    required: ["name"],
    patternProperties: { "^x-": { anyOf: [{ format: "date" }, { const: "no" }] } },
    $defs: { Person: { type: "object" } },
  });
  assert.deepEqual(pieces.toSorted(), [
    ...["1", "7", "A person", "Person", "Person", "^a", "^x-", "boss", "date", "friend", "key", "name", "no"],
    ...["null", "role", "true"],
  ]);
});

test("a name that is required without being described is kept once", () => {
  assert.deepEqual(keptText({ properties: { a: {} }, required: ["a", "b"] }), ["a", "b"]);
});
