import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, Schema } from "@conduit/types";
import { type TSchema, Type } from "typebox";
import { compileMdl } from "./index.ts";

const { Array: List, Boolean: Bool, Integer: Int, Null, Number: Float, Optional, String: Str } = Type;

/** Prints `schema` as the type of a required field. */
function typeOf(schema: Schema): string {
  const lines = compileMdl({
    type: "object",
    properties: { field: schema },
    required: ["field"],
  });
  assert.equal(lines.length, 1);
  return lines[0]?.replace(/^field: /, "") ?? "";
}

const nullable = (schema: TSchema) => Type.Union([schema, Null()]);
const record = (value: TSchema) => Type.Record(Str(), value);
const json = (schema: JsonObject): TSchema => schema as TSchema;
const open = (first: readonly TSchema[], rest: TSchema): TSchema =>
  json({
    type: "array",
    prefixItems: [...first] as JsonObject[],
    items: rest as JsonObject,
    minItems: first.length,
  });
const point = Type.Object({ x: Int(), y: Optional(Str()) });
const pointText = "Dict{x: int, y: Optional[str]}";

/** Each construct, alone and combined with the others. */
const vectors: Record<string, readonly (readonly [TSchema, string])[]> = {
  strings: [
    [Str(), "str"],
    [Str({ minLength: 1 }), "str"],
    [Str({ minLength: 1, maxLength: 9, pattern: "^a", format: "email" }), "str"],
    [Str({ description: "not in the published forms" }), "str"],
    [Str({ title: "Name", default: "x", examples: ["y"] }), "str"],
    [Type.Readonly(Str()), "str"],
    [json({ type: "string", enum: ["a"] }), 'Literal["a"]'],
    [json({ type: ["string"] }), "str"],
    [json({ type: ["string", "null"] }), "Optional[str]"],
    [json({ type: ["string", "boolean"], minLength: 1 }), "Union[str, bool]"],
    [json({ anyOf: [{ type: "string" }] }), "str"],
    [json({ allOf: [{ type: "string" }, { minLength: 1 }] }), "str"],
  ],
  integers: [
    [Int(), "int"],
    [Int({ minimum: 0, maximum: 10 }), "int"],
    [Int({ exclusiveMinimum: 0 }), "int"],
    [Int({ multipleOf: 5 }), "int"],
    [Int({ default: 3 }), "int"],
    [Int({ description: "Count" }), "int"],
    [json({ type: ["integer"] }), "int"],
    [json({ type: ["integer", "null"] }), "Optional[int]"],
    [json({ type: "integer", enum: [1, 2] }), "Literal[1, 2]"],
    [json({ type: "integer", format: "int64" }), "int"],
    [json({ allOf: [{ type: "number" }, { type: "integer" }] }), "int"],
    [json({ oneOf: [{ type: "integer" }, { type: "string" }] }), "Union[int, str]"],
  ],
  floats: [
    [Float(), "float"],
    [Float({ exclusiveMinimum: 0, multipleOf: 0.5 }), "float"],
    [Float({ minimum: -1.5, maximum: 1e21 }), "float"],
    [Float({ default: 0.5 }), "float"],
    [Float({ description: "Ratio" }), "float"],
    [Type.Readonly(Float()), "float"],
    [json({ type: ["number"] }), "float"],
    [json({ type: ["number", "null"] }), "Optional[float]"],
    [json({ type: "number", enum: [0.5, 1] }), "Literal[0.5, 1]"],
    [json({ type: ["number", "string"] }), "Union[float, str]"],
    [json({ anyOf: [{ type: "number" }, { type: "number" }] }), "float"],
    [json({ minimum: 3, type: "number", $comment: "notes" }), "float"],
  ],
  booleans: [
    [Bool(), "bool"],
    [Bool({ default: false }), "bool"],
    [Bool({ description: "Whether" }), "bool"],
    [Type.Readonly(Bool()), "bool"],
    [nullable(Bool()), "Optional[bool]"],
    [List(Bool()), "List[bool]"],
    [record(Bool()), "Dict[str, bool]"],
    [Type.Tuple([Bool(), Bool()]), "Tuple[bool, bool]"],
    [Type.Union([Bool(), Int()]), "Union[bool, int]"],
    [json({ type: ["boolean"] }), "bool"],
    [json({ type: "boolean", enum: [true] }), "Literal[true]"],
    [json({ type: "boolean", minimum: 1 }), "bool"],
  ],
  lists: [
    [List(Str()), "List[str]"],
    [List(Int(), { minItems: 1, maxItems: 3 }), "List[int]"],
    [List(Int(), { uniqueItems: true }), "List[int]"],
    [List(List(Float())), "List[List[float]]"],
    [List(nullable(Int())), "List[Optional[int]]"],
    [List(record(Bool())), "List[Dict[str, bool]]"],
    [List(point), `List[${pointText}]`],
    [List(Type.Object({})), "List[Dict{}]"],
    [List(Type.Union([Str(), Int()])), "List[Union[str, int]]"],
    [List(nullable(Type.Union([Str(), Int()]))), "List[Optional[Union[str, int]]]"],
    [List(Type.Tuple([Int(), Int()])), "List[Tuple[int, int]]"],
    [List(open([Str()], Int())), "List[Tuple[str, int, ...]]"],
    [List(Type.Literal("a")), 'List[Literal["a"]]'],
    [json({ type: "array" }), "List"],
  ],
  records: [
    [record(Str()), "Dict[str, str]"],
    [record(List(nullable(Int()))), "Dict[str, List[Optional[int]]]"],
    [record(nullable(point)), `Dict[str, Optional[${pointText}]]`],
    [record(record(Int())), "Dict[str, Dict[str, int]]"],
    [record(Type.Union([Int(), Str()])), "Dict[str, Union[int, str]]"],
    [record(Type.Tuple([Int(), Str()])), "Dict[str, Tuple[int, str]]"],
    [record(Type.Enum(["a", "b"])), 'Dict[str, Literal["a", "b"]]'],
    [Type.Record(Int(), Float()), "Dict[int, float]"],
    [Type.Record(Float(), Str()), "Dict[float, str]"],
    [Type.Record(Str({ pattern: "^[a-z]+$" }), Int()), "Dict[str, int]"],
    [Type.Record(Int(), nullable(List(Str()))), "Dict[int, Optional[List[str]]]"],
    [Type.Record(Type.Enum(["a", "b"]), Int()), "Dict{a: int, b: int}"],
    [json({ type: "object", additionalProperties: { type: "string" }, minProperties: 1 }), "Dict[str, str]"],
    [
      json({ type: "object", patternProperties: { "^a": { type: "integer" }, "^b": { type: "string" } } }),
      "Dict[str, Union[int, str]]",
    ],
    [
      json({ type: "object", propertyNames: { pattern: "^a" }, additionalProperties: { type: "string" } }),
      "Dict[str, str]",
    ],
  ],
  objects: [
    [Type.Object({ a: Int(), b: Optional(Str()) }), "Dict{a: int, b: Optional[str]}"],
    [Type.Object({}), "Dict{}"],
    [Type.Object({ a: Int() }, { additionalProperties: false }), "Dict{a: int}"],
    [Type.Object({ a: Int() }, { additionalProperties: Str() }), "Dict{a: int}"],
    [Type.Object({ a: Type.Object({ b: Type.Object({ c: Bool() }) }) }), "Dict{a: Dict{b: Dict{c: bool}}}"],
    [Type.Object({ a: List(point) }), `Dict{a: List[${pointText}]}`],
    [Type.Object({ a: record(point) }), `Dict{a: Dict[str, ${pointText}]}`],
    [Type.Object({ b: Int(), a: Int() }), "Dict{b: int, a: int}"],
    [Type.Partial(point), "Dict{x: Optional[int], y: Optional[str]}"],
    [Type.Required(point), "Dict{x: int, y: str}"],
    [Type.Object({ a: Type.Readonly(Int()) }), "Dict{a: int}"],
    [Type.Intersect([Type.Object({ a: Int() }), Type.Object({ b: Str() })]), "Dict{a: int, b: str}"],
    [Type.Object({ a: Type.Enum(["x", "y"]) }), 'Dict{a: Literal["x", "y"]}'],
    [
      Type.Object({ "a b": Int(), "": Str(), "a-b.c": Int(), größe: Int() }),
      'Dict{"a b": int, "": str, a-b.c: int, größe: int}',
    ],
    [json({ type: "object" }), "Dict{}"],
  ],
  optionals: [
    [nullable(Str()), "Optional[str]"],
    [Type.Union([Null(), Str()]), "Optional[str]"],
    [Type.Union([Str(), Int(), Null()]), "Optional[Union[str, int]]"],
    [Type.Union([Str(), Null(), Int()]), "Optional[Union[str, int]]"],
    [nullable(nullable(Str())), "Optional[str]"],
    [nullable(List(nullable(Str()))), "Optional[List[Optional[str]]]"],
    [nullable(record(nullable(Int()))), "Optional[Dict[str, Optional[int]]]"],
    [nullable(Type.Tuple([nullable(Int()), Str()])), "Optional[Tuple[Optional[int], str]]"],
    [Type.Union([nullable(Str()), Int()]), "Optional[Union[str, int]]"],
    [Type.Union([nullable(Str()), nullable(Int())]), "Optional[Union[str, int]]"],
    [nullable(Type.Enum(["a", "b"])), 'Optional[Literal["a", "b"]]'],
    [nullable(point), `Optional[${pointText}]`],
    [json({ type: ["array", "null"], items: { type: "string" } }), "Optional[List[str]]"],
    [json({ oneOf: [{ type: "string" }, { type: "null" }] }), "Optional[str]"],
    [Type.Object({ a: Optional(nullable(Int())) }), "Dict{a: Optional[int]}"],
    [Type.Object({ a: Optional(List(Optional(Int()))) }), "Dict{a: Optional[List[int]]}"],
  ],
  unions: [
    [Type.Union([Str(), Int()]), "Union[str, int]"],
    [Type.Union([Int(), Str()]), "Union[int, str]"],
    [Type.Union([Str(), Type.Union([Int(), Bool()])]), "Union[str, int, bool]"],
    [Type.Union([Str()]), "str"],
    [Type.Union([Str({ maxLength: 1 }), Str({ minLength: 3 })]), "str"],
    [Type.Union([List(Str()), Str()]), "Union[List[str], str]"],
    [Type.Union([record(Int()), List(Int())]), "Union[Dict[str, int], List[int]]"],
    [Type.Union([Type.Tuple([Int(), Int()]), Int()]), "Union[Tuple[int, int], int]"],
    [Type.Union([Type.Literal("auto"), Int()]), 'Union[Literal["auto"], int]'],
    [Type.Union([Type.Literal("a"), Int(), Type.Literal("b")]), 'Union[Literal["a", "b"], int]'],
    [Type.Union([List(nullable(Str())), point]), `Union[List[Optional[str]], ${pointText}]`],
    [json({ oneOf: [{ type: "integer" }, { type: "number" }] }), "Union[int, float]"],
    [
      Type.Union([
        Type.Object({ kind: Type.Literal("circle"), radius: Float() }),
        Type.Object({ kind: Type.Literal("square"), side: Float() }),
      ]),
      'Union[Dict{kind: Literal["circle"], radius: float}, Dict{kind: Literal["square"], side: float}]',
    ],
  ],
  literals: [
    [Type.Enum(["a", "b", 3]), 'Literal["a", "b", 3]'],
    [Type.Union([Type.Literal("a"), Type.Literal("b"), Type.Literal(3)]), 'Literal["a", "b", 3]'],
    [Type.Literal("a"), 'Literal["a"]'],
    [Type.Literal(-1.5), "Literal[-1.5]"],
    [Type.Literal(true), "Literal[true]"],
    [json({ const: "a" }), 'Literal["a"]'],
    [json({ enum: ["a", null] }), 'Optional[Literal["a"]]'],
    [json({ type: "string", enum: ["a", 1] }), 'Literal["a"]'],
    [json({ enum: [["a"], { b: 1 }] }), 'Literal[["a"], {"b":1}]'],
    [Type.Enum(["a", "b", "c", "d", "e", "f", "g"]), 'Literal["a", "b", "c", "d", "e", "f", "g"]'],
    [Type.Enum(['say "hi"', "a, b]"]), 'Literal["say \\"hi\\"", "a, b]"]'],
    [Type.Union([Type.Literal("a"), Type.Literal("a")]), 'Literal["a"]'],
    [
      Type.Union([Type.Enum(["a"], { description: "First" }), Type.Enum(["b"], { description: "Second" })]),
      'Literal["a", "b"]',
    ],
  ],
  tuples: [
    [Type.Tuple([Str(), Int()]), "Tuple[str, int]"],
    [Type.Tuple([Str()]), "Tuple[str]"],
    [Type.Tuple([Int(), Int(), Int()]), "Tuple[int, int, int]"],
    [Type.Tuple([Type.Tuple([Int(), Int()]), point]), `Tuple[Tuple[int, int], ${pointText}]`],
    [Type.Tuple([nullable(Str()), List(Int())]), "Tuple[Optional[str], List[int]]"],
    [Type.Tuple([record(Str()), Bool()]), "Tuple[Dict[str, str], bool]"],
    [Type.Tuple([Type.Union([Str(), Int()]), Float()]), "Tuple[Union[str, int], float]"],
    [Type.Tuple([Type.Literal("add"), Int()]), 'Tuple[Literal["add"], int]'],
    [Type.Tuple([Type.Object({}), Str()]), "Tuple[Dict{}, str]"],
    [Type.Tuple([Str({ maxLength: 1 }), Int({ minimum: 0 })]), "Tuple[str, int]"],
    [json({ type: "array", prefixItems: [{ type: "string" }, { type: "integer" }] }), "Tuple[str, int]"],
    [json({ type: "array", items: [{ type: "string" }], additionalItems: false }), "Tuple[str]"],
  ],
  "tuples of any length": [
    [open([Int()], Int()), "Tuple[int, ...]"],
    [open([Int(), Int()], Int()), "Tuple[int, ...]"],
    [open([Str()], Int()), "Tuple[str, int, ...]"],
    [open([Str(), Bool()], Int()), "Tuple[str, bool, int, ...]"],
    [open([Str(), Int()], Int()), "Tuple[str, int, ...]"],
    [open([nullable(Str())], nullable(Str())), "Tuple[Optional[str], ...]"],
    [open([point], point), `Tuple[${pointText}, ...]`],
    [open([List(Int())], List(Int())), "Tuple[List[int], ...]"],
    [open([Type.Tuple([Int(), Int()])], record(Int())), "Tuple[Tuple[int, int], Dict[str, int], ...]"],
    [open([Type.Literal("a")], Type.Union([Str(), Int()])), 'Tuple[Literal["a"], Union[str, int], ...]'],
    [open([Str({ minLength: 1 })], Str()), "Tuple[str, ...]"],
    [nullable(open([Float()], Float())), "Optional[Tuple[float, ...]]"],
    [record(open([Float()], Float())), "Dict[str, Tuple[float, ...]]"],
    [
      json({ type: "array", items: [{ type: "string" }], additionalItems: { type: "integer" } }),
      "Tuple[str, int, ...]",
    ],
  ],
  "nested types": [
    [List(record(List(nullable(point)))), `List[Dict[str, List[Optional[${pointText}]]]]`],
    [record(nullable(Type.Union([Str(), List(Int())]))), "Dict[str, Optional[Union[str, List[int]]]]"],
    [
      Type.Tuple([List(Type.Tuple([Int(), Str()])), record(point)]),
      `Tuple[List[Tuple[int, str]], Dict[str, ${pointText}]]`,
    ],
    [
      nullable(List(Type.Union([Type.Literal("a"), point]))),
      `Optional[List[Union[Literal["a"], ${pointText}]]]`,
    ],
    [Type.Object({ a: Optional(record(List(point))) }), `Dict{a: Optional[Dict[str, List[${pointText}]]]}`],
    [Type.Object({ a: Type.Object({ b: Optional(nullable(Int())) }) }), "Dict{a: Dict{b: Optional[int]}}"],
    [
      Type.Union([List(List(Str())), record(record(Str()))]),
      "Union[List[List[str]], Dict[str, Dict[str, str]]]",
    ],
    [
      Type.Record(Int(), Type.Tuple([point, nullable(point)])),
      `Dict[int, Tuple[${pointText}, Optional[${pointText}]]]`,
    ],
    [List(nullable(Type.Enum(["a", 1, 2]))), 'List[Optional[Literal["a", 1, 2]]]'],
    [
      open([List(point)], nullable(record(Int()))),
      `Tuple[List[${pointText}], Optional[Dict[str, int]], ...]`,
    ],
    [
      Type.Object({ a: Type.Tuple([Type.Object({ b: List(Bool()) })]) }),
      "Dict{a: Tuple[Dict{b: List[bool]}]}",
    ],
    [
      nullable(Type.Object({ a: Optional(nullable(List(nullable(Int())))) })),
      "Optional[Dict{a: Optional[List[Optional[int]]]}]",
    ],
  ],
};

for (const [construct, cases] of Object.entries(vectors)) {
  test(`prints ${construct} in the published forms`, () => {
    assert.ok(cases.length >= 12);
    for (const [schema, expected] of cases) assert.equal(typeOf(schema), expected);
  });
}

/** Every construct around a type, as schema and as text. */
const contexts: readonly (readonly [(inner: TSchema) => TSchema, (inner: string) => string])[] = [
  [List, (inner) => `List[${inner}]`],
  [record, (inner) => `Dict[str, ${inner}]`],
  [(inner) => Type.Record(Int(), inner), (inner) => `Dict[int, ${inner}]`],
  [(inner) => Type.Record(Float(), inner), (inner) => `Dict[float, ${inner}]`],
  [(inner) => Type.Object({ a: inner }), (inner) => `Dict{a: ${inner}}`],
  [
    (inner) => Type.Object({ a: Optional(inner) }),
    (inner) => `Dict{a: ${inner.startsWith("Optional") ? inner : `Optional[${inner}]`}}`,
  ],
  [nullable, (inner) => (inner.startsWith("Optional") ? inner : `Optional[${inner}]`)],
  [(inner) => Type.Tuple([inner, Bool()]), (inner) => `Tuple[${inner}, bool]`],
  [(inner) => open([inner], inner), (inner) => `Tuple[${inner}, ...]`],
  [
    (inner) => open([Bool()], inner),
    (inner) => (inner === "bool" ? "Tuple[bool, ...]" : `Tuple[bool, ${inner}, ...]`),
  ],
];

test("prints every construct within every other, three deep", () => {
  const scalars: readonly (readonly [TSchema, string])[] = [
    [Str(), "str"],
    [Int(), "int"],
    [Float(), "float"],
    [Bool(), "bool"],
    [Type.Enum(["a", 3]), 'Literal["a", 3]'],
    [Type.Union([Str(), Int()]), "Union[str, int]"],
  ];
  let level = scalars;
  for (let depth = 1; depth <= 3; depth += 1) {
    level = level.flatMap(([schema, text]) =>
      contexts.map(([within, around]) => [within(schema), around(text)] as const),
    );
    for (const [schema, text] of level) assert.equal(typeOf(schema), text);
  }
  assert.equal(level.length, scalars.length * contexts.length ** 3);
});

test("prints the published field list", () => {
  const schema = Type.Object({
    h: List(Str()),
    j: List(point),
    m: record(nullable(point)),
    c: Optional(Type.Union([Str(), Int()])),
    g: record(List(nullable(Int()))),
  });
  assert.deepEqual(compileMdl(schema), [
    "h: List[str]",
    "j: List[Dict{x: int, y: Optional[str]}]",
    "m: Dict[str, Optional[Dict{x: int, y: Optional[str]}]]",
    "c: Optional[Union[str, int]]",
    "g: Dict[str, List[Optional[int]]]",
  ]);
});

test("prints a key that may be absent, or null, or both, as one Optional", () => {
  const schema = Type.Object({
    absent: Optional(Int()),
    null: nullable(Int()),
    both: Optional(nullable(Int())),
    several: Optional(Type.Union([Int(), Str(), Null()])),
  });
  assert.deepEqual(compileMdl(schema), [
    "absent: Optional[int]",
    "null: Optional[int]",
    "both: Optional[int]",
    "several: Optional[Union[int, str]]",
  ]);
});

test("refuses a record of nulls, naming its values", () => {
  assert.throws(() => compileMdl(Type.Record(Str(), Null())), { code: "MDL_SCHEMA", path: "/*" });
});

test("prints one line for what is not an object with keys", () => {
  assert.deepEqual(compileMdl(List(Str())), ["List[str]"]);
  assert.deepEqual(compileMdl(record(Int())), ["Dict[str, int]"]);
  assert.deepEqual(compileMdl(nullable(Type.Object({ a: Int() }))), ["Optional[Dict{a: int}]"]);
  assert.deepEqual(compileMdl(Type.Object({})), ["Dict{}"]);
});

test("prints the closest type for what the published forms do not have", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ properties: { a: { type: "string" } } }, "Dict{a: Optional[str]}"],
    [{ not: { type: "string" } }, "Not[str]"],
    [{ type: "object", required: ["a"] }, "Dict{a}"],
    [{ allOf: [{ type: "string", pattern: "a" }, { pattern: "b" }] }, "str & str"],
    [{ type: "string", readOnly: true, default: "a" }, "str"],
  ];
  for (const [schema, expected] of cases) assert.equal(typeOf(json(schema)), expected);
});

test("prints definitions once, before what refers to them", () => {
  const node = { type: "object", properties: { value: { type: "string" }, next: { $ref: "#/$defs/node" } } };
  const schema = {
    $defs: { node },
    type: "object",
    properties: { first: { $ref: "#/$defs/node" } },
  } as const;
  assert.deepEqual(compileMdl(schema), [
    "Node = Dict{value: Optional[str], next: Optional[Node]}",
    "first: Optional[Node]",
  ]);
  assert.deepEqual(compileMdl({ type: "object", properties: { next: { $ref: "#" } } }), [
    "next: Optional[Root]",
  ]);
});
