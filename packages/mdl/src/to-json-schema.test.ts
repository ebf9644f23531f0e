import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { toJsonSchema } from "./to-json-schema.ts";

/** What a grammar may write for a number whose digits the schema does not bound. */
const safe = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
const integer = { type: "integer", ...safe };

test("writes bounds, formats, titles and descriptions, and shuts objects", () => {
  const schema = Type.Object(
    {
      name: Type.String({ description: "Who", minLength: 1, maxLength: 20, pattern: "^[A-Z]" }),
      mail: Type.String({ format: "email" }),
      age: Type.Optional(Type.Integer({ minimum: 0, exclusiveMaximum: 150 })),
      score: Type.Number({ multipleOf: 0.5, exclusiveMinimum: 0, maximum: 10 }),
      tags: Type.Array(Type.String(), { minItems: 1, maxItems: 5, uniqueItems: true }),
      ok: Type.Boolean(),
    },
    { title: "Person", $id: "person", default: {}, examples: [{}] },
  );
  assert.deepEqual(toJsonSchema(schema), {
    title: "Person",
    type: "object",
    properties: {
      name: { description: "Who", type: "string", minLength: 1, maxLength: 20, pattern: "^[A-Z]" },
      mail: { type: "string", format: "email" },
      age: { type: "integer", minimum: 0, exclusiveMaximum: 150 },
      score: { type: "number", maximum: 10, exclusiveMinimum: 0, multipleOf: 0.5 },
      tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 5, uniqueItems: true },
      ok: { type: "boolean" },
    },
    required: ["name", "mail", "score", "tags", "ok"],
    additionalProperties: false,
  });
});

test("keeps numbers where JavaScript reads what was written", () => {
  const print = (schema: object) => toJsonSchema(schema);
  assert.deepEqual(print({ type: "number" }), { type: "number", ...safe });
  assert.deepEqual(print({ type: "integer", minimum: 5 }), {
    type: "integer",
    minimum: 5,
    maximum: safe.maximum,
  });
  assert.deepEqual(print({ type: "number", exclusiveMaximum: 1 }), {
    type: "number",
    minimum: safe.minimum,
    exclusiveMaximum: 1,
  });
  assert.deepEqual(print({ type: "integer", multipleOf: 7 }), { type: "integer", multipleOf: 7 });
  assert.deepEqual(toJsonSchema({ type: "number" }, { closed: false }), { type: "number" });
});

test("writes properties and required in the order of the schema", () => {
  const schema = {
    type: "object",
    required: ["a", "z"],
    properties: { z: { type: "string" }, m: { type: "string" }, a: { type: "string" } },
  };
  assert.equal(
    JSON.stringify(toJsonSchema(schema)),
    '{"type":"object","properties":{"z":{"type":"string"},"m":{"type":"string"},"a":{"type":"string"}},' +
      '"required":["z","a"],"additionalProperties":false}',
  );
});

test("writes alternatives: literals as enum, one-of as any-of where no value fits two, null as a member", () => {
  const { properties } = toJsonSchema(
    Type.Object({
      color: Type.Union([Type.Literal("red"), Type.Literal("green"), Type.Literal(3)]),
      fixed: Type.Literal(true),
      maybe: Type.Union([Type.String({ maxLength: 3 }), Type.Null()]),
      several: Type.Union([Type.Literal("auto"), Type.Integer(), Type.Literal("off"), Type.Null()]),
      exclusive: Type.Unsafe<number | string>({ oneOf: [{ type: "integer" }, { type: "string" }] }),
      types: Type.Unsafe<string | null>({ type: ["string", "null"], maxLength: 2, minimum: 1 }),
    }),
  ) as { properties: unknown };
  assert.deepEqual(properties, {
    color: { enum: ["red", "green", 3] },
    fixed: { enum: [true] },
    maybe: { anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }] },
    several: { anyOf: [{ enum: ["auto", "off"] }, integer, { type: "null" }] },
    exclusive: { anyOf: [integer, { type: "string" }] },
    types: { anyOf: [{ type: "string", maxLength: 2 }, { type: "null" }] },
  });
});

test("keeps members of a one-of apart that name the same value", () => {
  const schema = { oneOf: [{ enum: ["a", "b"] }, { enum: ["b", "c"] }] };
  assert.deepEqual(toJsonSchema(schema), { oneOf: [{ enum: ["a", "b"] }, { enum: ["b", "c"] }] });
});

test("writes records by the keys they have", () => {
  assert.deepEqual(
    toJsonSchema(Type.Record(Type.String(), Type.Integer(), { minProperties: 1, maxProperties: 4 })),
    {
      type: "object",
      additionalProperties: integer,
      minProperties: 1,
      maxProperties: 4,
    },
  );
  assert.deepEqual(toJsonSchema(Type.Record(Type.Integer(), Type.Integer())), {
    type: "object",
    patternProperties: { "^-?(?:0|[1-9][0-9]*)$": integer },
    additionalProperties: false,
  });
  const named = {
    type: "object",
    propertyNames: { enum: ["a", "b"] },
    additionalProperties: { type: "boolean" },
    required: ["b"],
  };
  assert.deepEqual(toJsonSchema(named), {
    type: "object",
    properties: { a: { type: "boolean" }, b: { type: "boolean" } },
    required: ["b"],
    additionalProperties: false,
  });
});

test("writes tuples with prefixItems", () => {
  const expected = {
    type: "array",
    prefixItems: [{ type: "string" }, integer],
    items: false,
    minItems: 2,
  };
  assert.deepEqual(toJsonSchema(Type.Tuple([Type.String(), Type.Integer()])), expected);
  const prefixItems = [{ type: "string" }, { type: "integer" }];
  assert.deepEqual(toJsonSchema({ type: "array", prefixItems, minItems: 2, maxItems: 2 }), expected);
});

test("shuts or leaves open what the schema leaves open", () => {
  const open = {
    type: "object",
    properties: {
      tuple: { type: "array", prefixItems: [{ type: "string" }] },
      record: { type: "object", patternProperties: { "^a": { type: "string" } } },
      object: { type: "object", properties: { a: { type: "string" } }, additionalProperties: true },
      shut: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
    },
  };
  const { object, ...others } = open.properties;
  assert.deepEqual(toJsonSchema(open, { closed: false }), {
    ...open,
    properties: { ...others, object: { type: "object", properties: object.properties } },
  });
  assert.deepEqual(toJsonSchema(open), {
    ...open,
    properties: {
      tuple: { ...open.properties.tuple, items: false },
      record: { ...open.properties.record, additionalProperties: false },
      object: { ...object, additionalProperties: false },
      shut: open.properties.shut,
    },
    additionalProperties: false,
  });
});

test("describes the same values as the schema it was made from", () => {
  const schema = Type.Object({
    kind: Type.Enum(["a", "b"]),
    pair: Type.Tuple([Type.Integer({ minimum: 1 }), Type.Union([Type.String(), Type.Null()])]),
    counts: Type.Record(Type.Integer(), Type.Number()),
    rest: Type.Optional(Type.Array(Type.Object({ x: Type.Boolean() }), { maxItems: 1 })),
  });
  const valid = { kind: "a", pair: [1, null], counts: { 7: 0.5 }, rest: [{ x: true }] };
  const samples: unknown[] = [
    valid,
    { ...valid, more: 1 },
    { ...valid, rest: undefined },
    { ...valid, kind: "c" },
    { ...valid, pair: [1] },
    { ...valid, pair: [0, "x"] },
    { ...valid, pair: [1, "x", 2] },
    { ...valid, counts: { 7: "x" } },
    { ...valid, counts: { seven: 1 } },
    { ...valid, rest: [{ x: true }, { x: false }] },
    { ...valid, rest: [{}] },
    {},
    [],
    null,
  ];
  const [source, printed] = [Compile(schema), Compile(toJsonSchema(schema, { closed: false }))];
  for (const sample of samples) {
    const value = sample === undefined ? sample : JSON.parse(JSON.stringify(sample));
    assert.equal(printed.Check(value), source.Check(value), JSON.stringify(sample));
  }
});

test("takes a one-of for an any-of where a key tells its members apart", () => {
  const member = (kind: string, more: object = {}) => ({
    type: "object",
    properties: { kind: { enum: [kind] }, ...more },
    required: ["kind"],
  });
  const apart = [member("a"), member("b", { x: { type: "string" } })];
  assert.deepEqual(toJsonSchema({ oneOf: apart }, { closed: false }), { anyOf: apart });
  // One key alone tells them apart only where other keys are shut.
  const byKey = ["a", "b"].map((name) => ({
    type: "object",
    properties: { [name]: { type: "string" } },
    required: [name],
  }));
  assert.deepEqual(toJsonSchema({ oneOf: byKey }, { closed: false }), { oneOf: byKey });
  assert.deepEqual(toJsonSchema({ oneOf: byKey }), {
    anyOf: byKey.map((schema) => ({ ...schema, additionalProperties: false })),
  });
});

test("writes what is shared or recursive as definitions", () => {
  const Tree = Type.Cyclic(
    { Tree: Type.Object({ leaf: Type.String(), branches: Type.Array(Type.Ref("Tree")) }) },
    "Tree",
  );
  assert.deepEqual(toJsonSchema(Tree, { closed: false }), {
    type: "object",
    properties: { leaf: { type: "string" }, branches: { type: "array", items: { $ref: "#" } } },
    required: ["leaf", "branches"],
  });
  const $defs = { Point: { type: "object", properties: { x: { type: "boolean" } }, required: ["x"] } };
  const twice = { type: "array", prefixItems: [{ $ref: "#/$defs/Point" }, { $ref: "#/$defs/Point" }], $defs };
  assert.deepEqual(toJsonSchema(twice, { closed: false }), twice);
});

test("shuts an intersection as a whole", () => {
  const base = { type: "object", properties: { a: { type: "boolean" } } };
  const either = {
    anyOf: ["b", "c"].map((name) => ({ type: "object", properties: { [name]: { type: "boolean" } } })),
  };
  assert.deepEqual(toJsonSchema({ allOf: [base, either] }), {
    allOf: [base, either, { properties: { a: {}, b: {}, c: {} }, additionalProperties: false }],
  });
  const keyed = { patternProperties: { "^x": { type: "boolean" } }, type: "object" };
  assert.deepEqual(toJsonSchema({ allOf: [base, keyed] }), { allOf: [base, keyed] });
});

test("shuts what a definition is, but not where it is a part", () => {
  const schema = {
    $defs: { base: { type: "object", properties: { a: { type: "boolean" } } } },
    type: "array",
    prefixItems: [
      { $ref: "#/$defs/base" },
      { allOf: [{ $ref: "#/$defs/base" }, { anyOf: [{ required: ["b"] }, { required: ["c"] }] }] },
    ],
  };
  const { prefixItems, $defs } = toJsonSchema(schema) as {
    prefixItems: { allOf: object[] }[];
    $defs: object;
  };
  assert.deepEqual($defs, { Base: { ...schema.$defs.base, additionalProperties: false } });
  assert.deepEqual(prefixItems[1]?.allOf[0], schema.$defs.base);
  assert.deepEqual(prefixItems[1]?.allOf.at(-1), {
    properties: { a: {}, b: {}, c: {} },
    additionalProperties: false,
  });
});

test("leaves an object open of which no key is known", () => {
  assert.deepEqual(toJsonSchema({ type: "object" }), { type: "object" });
  assert.deepEqual(toJsonSchema(Type.Object({})), { type: "object" });
  assert.deepEqual(toJsonSchema({ type: "array" }), { type: "array" });
  assert.deepEqual(toJsonSchema({ type: "object", additionalProperties: false }), {
    type: "object",
    additionalProperties: false,
  });
});

test("writes formats that JSON Schema defines, and leaves others to whoever validates", () => {
  assert.deepEqual(toJsonSchema({ type: "string", format: "uuid" }), { type: "string", format: "uuid" });
  assert.deepEqual(toJsonSchema({ type: "string", format: "phone" }), { type: "string" });
});

/** Schemas that are written as they are. */
const kept: readonly object[] = [
  {},
  { properties: { a: { type: "string" } }, required: ["a", "b"] },
  { allOf: [{ maxLength: 3 }, { minimum: 1 }] },
  { not: { type: "string" } },
  { type: "object", properties: { a: {}, b: false } },
  { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "integer" } },
  {
    type: "object",
    patternProperties: { "^a": { type: "string" }, b$: { maxLength: 2 } },
    additionalProperties: false,
  },
  {
    type: "object",
    additionalProperties: { type: "string" },
    propertyNames: { type: "string", pattern: "^a" },
  },
  {
    type: "array",
    prefixItems: [{ type: "string" }],
    items: { type: "integer" },
    minItems: 1,
    uniqueItems: true,
  },
  { enum: [{ a: 1 }, [1], "a"] },
  {
    oneOf: [
      { type: "string", maxLength: 3 },
      { type: "string", minLength: 2 },
    ],
  },
];

for (const schema of kept) {
  test(`writes ${JSON.stringify(schema)} as it is`, () => {
    assert.deepEqual(toJsonSchema(schema, { closed: false }), schema);
  });
}
