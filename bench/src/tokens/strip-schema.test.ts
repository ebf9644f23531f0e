import assert from "node:assert/strict";
import { test } from "node:test";
import { stripSchema } from "./strip-schema.ts";

test("titles, identifiers and unknown keywords go, at every depth; properties of these names stay", () => {
  assert.deepEqual(
    stripSchema({
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "urn:x",
      title: "A",
      type: "object",
      properties: { title: { type: "string", title: "B", "x-order": 1 } },
      items: [{ $comment: "c", minimum: 1 }],
      default: { title: "kept" },
    }),
    {
      type: "object",
      properties: { title: { type: "string" } },
      items: [{ minimum: 1 }],
      default: { title: "kept" },
    },
  );
});

test("definitions stay that something refers to, also by way of others", () => {
  const definitions = {
    first: { items: { $ref: "#/definitions/sec~1ond" } },
    "sec/ond": { type: "string" },
    unused: { $ref: "#/definitions/first" },
  };
  const { unused: _, ...used } = definitions;
  assert.deepEqual(stripSchema({ $ref: "#/definitions/first", definitions }), {
    $ref: "#/definitions/first",
    definitions: used,
  });
  assert.deepEqual(stripSchema({ type: "null", definitions }), { type: "null" });
});
