import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { schemaNotes, shapeOf } from "./shape-of.ts";

const text = { type: "string" } as const;
const str = { kind: "str", bounds: {} };
const any = { kind: "any" };

/** An object shape with these fields and nothing else to say. */
const object = (fields: Record<string, object>, more: object = {}) => ({
  kind: "object",
  fields: Object.entries(fields).map(([name, shape]) => ({ name, shape, optional: true })),
  patterns: [],
  rest: any,
  bounds: {},
  ...more,
});

/** Schemas that MDL does not take: where, what was found, and what to do. */
const refused: readonly (readonly [schema: object, path: string, found: string, remedy: string])[] = [
  [Type.BigInt(), "", 'the type "bigint"', "use string, integer, number, boolean, null, array or object"],
  [Type.Never(), "", "a schema that no value fits", "give it a type"],
  [{ type: "string", enum: [1] }, "", "a schema that no value fits", "give it a type"],
  [{ type: "boolean", not: { minLength: 1 } }, "", "a schema that no value fits", "give it a type"],
  [{ anyOf: [] }, "", "anyOf: []", "give it a list that is not empty"],
  [{ properties: { a: "x" } }, "/a", '"x"', "give a JSON Schema object"],
  [{ type: "object", properties: [] }, "", "properties: []", "give it an object"],
  [{ type: "object", required: true }, "", "required: true", "give it a list"],
  [{ type: "object", required: [1] }, "", "required: [1]", "give it a list of keys"],
  [{ type: "string", minLength: "1" }, "", 'minLength: "1"', "give it a number"],
  [{ type: "number", minimum: Number.NaN }, "", "minimum: NaN", "give it a number"],
  [{ enum: [undefined] }, "", "enum: [undefined]", "give it values of JSON"],
  [{ enum: [null, Number.NaN] }, "", "enum: [null,NaN]", "give it values of JSON"],
  [{ enum: ["a", { b: [-Infinity] }] }, "", 'enum: ["a",[object Object]]', "give it values of JSON"],
  [{ enum: [[undefined], [null]] }, "", "enum: [,[null]]", "give it values of JSON"],
  [{ enum: [10n] }, "", "enum: [10]", "give it values of JSON"],
  [{ enum: Number.NaN }, "", "enum: NaN", "give it a list"],
  [{ const: Number.NaN }, "", "const: NaN", "give it values of JSON"],
  [{ type: "object", required: [Infinity] }, "", "required: [Infinity]", "give it a list of keys"],
  [{ properties: { a: Number.NaN } }, "/a", "NaN", "give a JSON Schema object"],
  [{ type: Number.NaN }, "", "the type NaN", "use string, integer, number, boolean, null, array or object"],
  [{ type: "string", nullable: true }, "", 'the keyword "nullable"', "describe the type without it"],
  [
    Type.Object({ "x/y": Type.Array(Type.Unsafe({ type: "array", contains: text })) }),
    "/x~1y/*",
    'the keyword "contains"',
    "describe the type without it",
  ],
  [
    { properties: { a: { $ref: "#/$defs/b" } } },
    "/a",
    'the reference "#/$defs/b"',
    "give it the place of a schema within this one",
  ],
  [
    { $ref: "other.json#/a" },
    "",
    'the reference "other.json#/a"',
    "give it the place of a schema within this one",
  ],
  [
    { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" },
    "",
    'the reference "#/$defs/a"',
    "give it the place of a schema within this one",
  ],
  [
    { $defs: { a: { anyOf: [text, { $ref: "#/$defs/a" }] } }, $ref: "#/$defs/a" },
    "",
    "a reference that leads back to itself",
    "put a key or a list between",
  ],
];

for (const [schema, path, found, remedy] of refused) {
  test(`refuses ${found} at ${path || "the top level"}`, () => {
    assert.throws(
      () => shapeOf(schema),
      (error) => {
        assert.ok(MdlSchemaError.isInstance(error));
        assert.equal(error.code, "MDL_SCHEMA");
        assert.deepEqual({ path: error.path, found: error.found }, { path, found });
        assert.equal(
          error.message,
          `Expected a schema that MDL can express, found ${found} at ${path || "the top level"}: ${remedy}.`,
        );
        return true;
      },
    );
  });
}

/** Schemas, and what the keywords of each say together. */
const shapes: readonly (readonly [what: string, schema: object, shape: object])[] = [
  ["untyped values, declared", Type.Unknown(), { kind: "any", declared: [] }],
  ["an object that is left open", { type: "object" }, object({})],
  ["a list that is left open", { type: "array" }, { kind: "list", prefix: [], rest: any, bounds: {} }],
  [
    "a key that is only asked for",
    { type: "object", required: ["a"] },
    object({}, { fields: [{ name: "a", shape: any, optional: false }] }),
  ],
  [
    "a key that is asked for among others of one type",
    { type: "object", required: ["a"], additionalProperties: text },
    object({}, { fields: [{ name: "a", shape: str, optional: false }], rest: str }),
  ],
  [
    "keywords without a type",
    { properties: { a: text }, maxLength: 3 },
    {
      kind: "intersection",
      members: [{ kind: "str", bounds: { maxLength: 3 }, loose: true }, object({ a: str }, { loose: true })],
    },
  ],
  [
    "keywords whose type another part has",
    { type: "object", properties: { a: text }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    {
      kind: "intersection",
      members: [
        object({ a: str }),
        {
          kind: "union",
          exclusive: false,
          members: ["a", "b"].map((name) => object({}, { fields: [{ name, shape: any, optional: false }] })),
        },
      ],
    },
  ],
  [
    "open objects at once",
    Type.Intersect([
      Type.Object({ a: Type.Optional(Type.String()) }),
      Type.Partial(Type.Object({ b: Type.String() })),
    ]),
    object({ a: str, b: str }),
  ],
  [
    "a key in two objects at once",
    {
      allOf: [
        { type: "object", properties: { a: { type: "integer" } } },
        { properties: { a: { minimum: 1 } } },
      ],
    },
    object({ a: { kind: "int", bounds: { minimum: 1 } } }),
  ],
  [
    "a type beside alternatives of it",
    { type: "string", oneOf: [{ const: "a" }, { const: "b" }] },
    literal("a", "b"),
  ],
  [
    "a list of types",
    { type: ["string", "null"], maxLength: 1, minimum: 1 },
    union({ ...str, bounds: { maxLength: 1 } }),
  ],
  ["constants of the type beside them", { type: "integer", enum: [1, 1, 1.5, "1"], maximum: 3 }, literal(1)],
  ["alternatives that no value fits twice", { oneOf: [text, { type: "null" }] }, union(str)],
  [
    "the flags of draft 4",
    { type: "number", minimum: 1, exclusiveMinimum: true },
    { kind: "float", bounds: { exclusiveMinimum: 1 } },
  ],
  [
    "a negation of everything",
    { type: "array", items: { not: {} } },
    { kind: "list", prefix: [], rest: { kind: "never" }, bounds: {} },
  ],
  [
    "a condition",
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    { if: text, then: { const: "a" } },
    { kind: "union", exclusive: false, members: [{ kind: "not", shape: str }, literal("a")] },
  ],
  [
    "keys that others need",
    { dependentRequired: { a: ["b"] } },
    {
      kind: "union",
      exclusive: false,
      members: [
        { kind: "not", shape: object({}, { fields: [{ name: "a", shape: any, optional: false }] }) },
        object({}, { fields: [{ name: "b", shape: any, optional: false }] }),
      ],
    },
  ],
  [
    "first items that no list is long enough for",
    { type: "array", prefixItems: [text, text], maxItems: 1 },
    { kind: "list", prefix: [str], rest: { kind: "never" }, bounds: {} },
  ],
  [
    "what stands beside a reference, since draft 2019-09",
    { $defs: { a: text }, $ref: "#/$defs/a", minLength: 1 },
    { ...str, bounds: { minLength: 1 } },
  ],
  [
    "nothing that stands beside a reference, before",
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: { a: text },
      $ref: "#/definitions/a",
      minLength: 1,
    },
    str,
  ],
];

function literal(...values: unknown[]): object {
  return { kind: "literal", values };
}

function union(member: object): object {
  return { kind: "union", exclusive: false, members: [member, { kind: "null" }] };
}

for (const [what, schema, shape] of shapes) {
  test(`reads ${what}`, () => {
    const { root, definitions } = shapeOf(schema);
    assert.deepEqual(root, shape);
    assert.deepEqual(definitions, []);
  });
}

test("names what is shared or recursive, and puts in place what is needed once", () => {
  const { root, definitions } = shapeOf({
    $defs: {
      "io.example.v1.List": { type: "array", items: { $ref: "#/$defs/point-2d" } },
      "point-2d": { type: "object", properties: { x: { $ref: "#/$defs/number" } } },
      number: { type: "number", description: "Metres" },
    },
    properties: {
      a: { $ref: "#/$defs/io.example.v1.List", description: "First" },
      b: { $ref: "#/$defs/point-2d" },
      c: { $ref: "#/$defs/point-2d" },
    },
    type: "object",
  });
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ["Point2d"],
  );
  assert.deepEqual(
    definitions[0]?.shape,
    object({ x: { kind: "float", bounds: {}, description: "Metres" } }),
  );
  const point = { kind: "reference", definition: definitions[0] };
  assert.deepEqual(
    root,
    object({
      a: { kind: "list", prefix: [], rest: point, bounds: {}, description: "First" },
      b: point,
      c: point,
    }),
  );
});

/** Schemas that refer to themselves, in the words of several libraries. */
const recursive = [
  Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref("Node")) }) }, "Node"),
  { type: "object", properties: { next: { $ref: "#" } } },
  {
    $id: "https://example.com/node",
    type: "object",
    properties: { next: { $ref: "https://example.com/node#" } },
  },
  {
    $defs: { x: { $anchor: "node", type: "object", properties: { next: { $ref: "#node" } } } },
    $ref: "#/$defs/x",
  },
];

for (const schema of recursive) {
  test(`calls the whole Root in ${JSON.stringify(schema)}`, () => {
    const { root, definitions } = shapeOf(schema);
    assert.deepEqual(definitions, []);
    assert.equal(root.kind, "object");
    const next = root.kind === "object" ? root.fields[0]?.shape : undefined;
    assert.ok(next?.kind === "reference");
    assert.equal(next.definition.name, "Root");
    assert.equal(next.definition.shape, root);
  });
}

test("gives definitions names that are nobody else's", () => {
  const names = ["List", "list", "a/b", "2d", "Root", "häß"];
  const { definitions } = shapeOf({
    $defs: Object.fromEntries(names.map((name) => [name, { ...text }])),
    type: "array",
    prefixItems: names.flatMap((name) => {
      const $ref = `#/$defs/${encodeURIComponent(name.replaceAll("/", "~1"))}`;
      return [{ $ref }, { $ref }];
    }),
  });
  assert.equal(new Set(definitions.map(({ name }) => name)).size, names.length);
  for (const { name } of definitions) {
    assert.match(name, /^[A-Z][A-Za-z0-9]*$/);
    assert.ok(!["List", "Root"].includes(name), name);
  }
});

for (const ids of [
  ["a", "a"],
  ["a#", "a#"],
  ["a", "a#"],
  ["a#", "a"],
]) {
  test(`refers to the first of two schemas with the names ${ids.join(" and ")}`, () => {
    const [first, second] = ids;
    const { definitions } = shapeOf({
      $defs: { one: { $id: first, ...text }, two: { $id: second, type: "integer" } },
      type: "array",
      prefixItems: [{ $ref: "a" }, { $ref: "a#" }],
    });
    assert.deepEqual(
      definitions.map(({ shape }) => shape),
      [str],
    );
  });
}

test("notes what no draft of JSON Schema has", () => {
  const schema = Type.Object(
    { a: Type.String({ "x-order": 1, minlength: 3 }) },
    { additinalProperties: false },
  );
  assert.deepEqual(schemaNotes(schema), [
    { path: "", keyword: "additinalProperties" },
    { path: "/a", keyword: "x-order" },
    { path: "/a", keyword: "minlength" },
  ]);
  assert.deepEqual(schemaNotes(Type.String({ default: "", $comment: "c", contentEncoding: "base64" })), []);
});

test("walks a schema once", () => {
  const schema = Type.Object({ a: Type.String() });
  assert.equal(shapeOf(schema), shapeOf(schema));
});

const itself: Record<string, unknown> = { type: "array" };
itself.items = itself;

const tooDeep: readonly [name: string, within: (schema: object) => object][] = [
  ["lists", (items) => ({ type: "array", items })],
  ["keys", (a) => ({ type: "object", properties: { a } })],
  ["unions", (schema) => ({ anyOf: [schema, { type: "null" }] })],
  ["negations", (not) => ({ not })],
];

for (const [name, within] of tooDeep) {
  test(`takes 249 ${name} within each other, and refuses 20,000`, () => {
    const nest = (count: number) => Array.from({ length: count }).reduce<object>(within, { ...text });
    assert.ok(shapeOf(nest(249)));
    assert.throws(
      () => shapeOf(nest(20_000)),
      (error) =>
        MdlSchemaError.isInstance(error) && /more than 250 schemas within each other/.test(error.message),
    );
  });
}

test("refuses an object that holds itself", () => {
  assert.throws(
    () => shapeOf(itself),
    /more than 250 schemas .* at \/\*\/\*\/\*\/\*\/\*: refer to .* with \$ref/,
  );
});

test("refuses a reference with a percent sign that begins no code, unless it leads somewhere", () => {
  assert.throws(() => shapeOf({ $ref: "#/$defs/%" }), /found the reference "#\/\$defs\/%"/);
  assert.equal(shapeOf({ $defs: { "50%": { ...text } }, $ref: "#/$defs/50%" }).root.kind, "str");
});

test("leaves out defaults and examples that JSON cannot hold", () => {
  const schema = Type.String({ default: () => "now", examples: [10n] });
  assert.deepEqual(shapeOf(schema).root, str);
  assert.deepEqual(shapeOf({ ...text, default: Number.NaN, examples: [null, Infinity] }).root, str);
});
