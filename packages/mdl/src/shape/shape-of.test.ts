import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { MdlSchemaError, mdl } from "../index.ts";

/** Schemas that MDL cannot express: where, what was found, and the message after both. */
const refused: readonly (readonly [schema: object, path: string, found: string, remedy: string])[] = [
  [Type.Object({ a: Type.Any() }), "/a", "an untyped value (Any, Unknown)", "give it a type"],
  [Type.Unknown(), "", "an untyped value (Any, Unknown)", "give it a type"],
  [Type.Array(Type.Unknown()), "/*", "an untyped value (Any, Unknown)", "give it a type"],
  [Type.Record(Type.String(), Type.Any()), "/*", "an untyped value (Any, Unknown)", "give it a type"],
  [{ type: "object" }, "/*", "an untyped value (Any, Unknown)", "give it a type"],
  [{ type: "array" }, "/*", "an untyped value (Any, Unknown)", "give it a type"],
  [{ type: "object", properties: { a: true } }, "/a", "an untyped value (Any, Unknown)", "give it a type"],
  [
    { type: "object", properties: { a: { type: "string" } }, required: ["a", "b"] },
    "/b",
    "an untyped value (Any, Unknown)",
    "give it a type",
  ],
  [
    Type.Object({ a: Type.Array(Type.Tuple([Type.Integer(), Type.Object({ "x/y": Type.Null() })])) }),
    "/a/*/1/x~1y",
    "null as the only value",
    "make it a union with null, or leave it out",
  ],
  [{ enum: [null] }, "", "null as the only value", "make it a union with null, or leave it out"],
  [Type.Object({ a: Type.Never() }), "/a", 'the keyword "not"', "describe the type without it"],
  [
    Type.Intersect([Type.Object({ a: Type.Integer() }), Type.Object({ b: Type.Integer() })]),
    "",
    'the keyword "allOf"',
    "describe the type without it",
  ],
  [
    Type.Cyclic({ Node: Type.Object({ next: Type.Array(Type.Ref("Node")) }) }, "Node"),
    "",
    'the keyword "$ref"',
    "describe the type without it",
  ],
  [{ type: "string", nullable: true }, "", 'the keyword "nullable"', "describe the type without it"],
  [
    { type: "object", properties: { a: { anyOf: [{ type: "string" }], minLength: 1 } } },
    "/a",
    'the keyword "minLength" beside "anyOf"',
    "describe the type with one of them",
  ],
  [
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "integer" } },
    "",
    'the keyword "additionalProperties" beside "properties"',
    "describe the type with one of them",
  ],
  [
    { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } },
    "",
    'the keyword "items" beside "prefixItems"',
    "describe the type with one of them",
  ],
  [
    { type: "array", prefixItems: [{ type: "string" }], minItems: 2 },
    "",
    "a length that prefixItems does not have",
    "set minItems and maxItems to 1",
  ],
  [Type.BigInt(), "", 'the type "bigint"', "use string, integer, number, boolean, null, array or object"],
  [{ enum: ["a", ["b"]] }, "", 'the constant ["b"]', "use strings, numbers, booleans or null"],
  [{ type: "string", enum: [1] }, "", "a schema that no value fits", "leave it out"],
  [{ anyOf: [] }, "", "anyOf: []", "give it a list that is not empty"],
  [{ type: "array", items: false }, "/*", "a schema that no value fits", "leave it out"],
];

for (const [schema, path, found, remedy] of refused) {
  test(`refuses ${found} at ${path || "the top level"}`, () => {
    assert.throws(
      () => mdl(schema),
      (error) => {
        assert.ok(MdlSchemaError.isInstance(error));
        assert.equal(error.code, "MDL_SCHEMA");
        assert.equal(error.path, path);
        assert.equal(error.found, found);
        assert.equal(
          error.message,
          `Expected a schema that MDL can express, found ${found} at ${path || "the top level"}: ${remedy}.`,
        );
        return true;
      },
    );
  });
}

test("lets notes pass, and keywords that apply to no value of the type", () => {
  const notes = {
    $comment: "c",
    deprecated: true,
    "x-order": 1,
    readOnly: true,
    default: "a",
    examples: ["a"],
  };
  assert.equal(mdl({ type: "string", minimum: 3, items: { type: "integer" }, ...notes }), "str");
});

test("reads a list of types as a union, each with its own bounds", () => {
  assert.equal(mdl({ type: ["string", "null", "integer"], maxLength: 3 }), "Optional[Union[str, int]]");
});

test("takes only the constants that the type beside them lets in", () => {
  assert.equal(mdl({ type: "integer", enum: [1, 1.5, "1"] }), "Literal[1]");
  assert.equal(mdl({ type: ["string", "null"], enum: ["a", 1, null] }), 'Optional[Literal["a"]]');
});
