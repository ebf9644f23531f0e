import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "typebox";
import { compileMdl } from "./index.ts";

const { Array: List, Boolean: Bool, Integer: Int, Null, Number: Float, Optional, String: Str } = Type;

/** Prints `schema` as the type of a required field. */
function typeOf(schema: TSchema): string {
  const [line] = compileMdl(Type.Object({ field: schema }));
  return line?.replace(/^field: /, "") ?? "";
}

const nullable = (schema: TSchema) => Type.Union([schema, Null()]);
const record = (value: TSchema) => Type.Record(Str(), value);
const point = Type.Object({ x: Int(), y: Optional(Str()) });

/** Each construct, alone and combined with the others. */
const vectors: Record<string, readonly (readonly [TSchema, string])[]> = {
  scalars: [
    [Str(), "str"],
    [Int(), "int"],
    [Float(), "float"],
    [Bool(), "bool"],
    [Str({ minLength: 1, maxLength: 9, pattern: "^a", format: "email" }), "str"],
    [Int({ minimum: 0, maximum: 10 }), "int"],
    [Float({ exclusiveMinimum: 0, multipleOf: 0.5 }), "float"],
    [Str({ description: "not in the published forms" }), "str"],
  ],
  lists: [
    [List(Str()), "List[str]"],
    [List(Int(), { minItems: 1, maxItems: 3 }), "List[int]"],
    [List(List(Float())), "List[List[float]]"],
    [List(nullable(Int())), "List[Optional[int]]"],
    [List(record(Bool())), "List[Dict[str, bool]]"],
    [List(point), "List[Dict{x: int, y: Optional[str]}]"],
    [List(Type.Union([Str(), Int()])), "List[Union[str, int]]"],
    [List(Type.Tuple([Int(), Int()])), "List[Tuple[int, int]]"],
    [List(Type.Literal("a")), 'List[Literal["a"]]'],
  ],
  records: [
    [record(Str()), "Dict[str, str]"],
    [record(List(nullable(Int()))), "Dict[str, List[Optional[int]]]"],
    [record(nullable(point)), "Dict[str, Optional[Dict{x: int, y: Optional[str]}]]"],
    [record(record(Int())), "Dict[str, Dict[str, int]]"],
    [Type.Record(Int(), Float()), "Dict[int, float]"],
    [Type.Record(Float(), Str()), "Dict[float, str]"],
    [Type.Record(Str({ pattern: "^[a-z]+$" }), Int()), "Dict[str, int]"],
    [Type.Record(Type.Enum(["a", "b"]), Int()), "Dict{a: int, b: int}"],
  ],
  objects: [
    [Type.Object({ a: Int(), b: Optional(Str()) }), "Dict{a: int, b: Optional[str]}"],
    [Type.Object({}), "Dict{}"],
    [Type.Object({ a: Type.Object({ b: Type.Object({ c: Bool() }) }) }), "Dict{a: Dict{b: Dict{c: bool}}}"],
    [Type.Object({ a: List(point) }), "Dict{a: List[Dict{x: int, y: Optional[str]}]}"],
    [Type.Object({ b: Int(), a: Int() }), "Dict{b: int, a: int}"],
    [Type.Partial(point), "Dict{x: Optional[int], y: Optional[str]}"],
    [Type.Object({ a: Type.Readonly(Int()) }), "Dict{a: int}"],
    [
      Type.Object({ "a b": Int(), "": Str(), "a-b.c": Int(), größe: Int() }),
      'Dict{"a b": int, "": str, a-b.c: int, größe: int}',
    ],
  ],
  optionals: [
    [nullable(Str()), "Optional[str]"],
    [Type.Union([Null(), Str()]), "Optional[str]"],
    [Type.Union([Str(), Int(), Null()]), "Optional[Union[str, int]]"],
    [Type.Union([Str(), Null(), Int()]), "Optional[Union[str, int]]"],
    [nullable(nullable(Str())), "Optional[str]"],
    [nullable(List(nullable(Str()))), "Optional[List[Optional[str]]]"],
    [Type.Union([nullable(Str()), Int()]), "Optional[Union[str, int]]"],
    [nullable(Type.Enum(["a", "b"])), 'Optional[Literal["a", "b"]]'],
    [nullable(point), "Optional[Dict{x: int, y: Optional[str]}]"],
  ],
  unions: [
    [Type.Union([Str(), Int()]), "Union[str, int]"],
    [Type.Union([Str(), Type.Union([Int(), Bool()])]), "Union[str, int, bool]"],
    [Type.Union([Str()]), "str"],
    [Type.Union([Str({ maxLength: 1 }), Str({ minLength: 3 })]), "str"],
    [Type.Union([List(Str()), Str()]), "Union[List[str], str]"],
    [Type.Union([Type.Literal("auto"), Int()]), 'Union[Literal["auto"], int]'],
    [Type.Union([Type.Literal("a"), Int(), Type.Literal("b")]), 'Union[Literal["a", "b"], int]'],
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
    [Type.Unsafe<"a" | null>({ enum: ["a", null] }), 'Optional[Literal["a"]]'],
    [Type.Enum(['say "hi"', "a, b]"]), 'Literal["say \\"hi\\"", "a, b]"]'],
    [Type.Union([Type.Literal("a"), Type.Literal("a")]), 'Literal["a"]'],
  ],
  tuples: [
    [Type.Tuple([Str(), Int()]), "Tuple[str, int]"],
    [Type.Tuple([Str()]), "Tuple[str]"],
    [
      Type.Tuple([Type.Tuple([Int(), Int()]), point]),
      "Tuple[Tuple[int, int], Dict{x: int, y: Optional[str]}]",
    ],
    [Type.Tuple([nullable(Str()), List(Int())]), "Tuple[Optional[str], List[int]]"],
  ],
};

for (const [construct, cases] of Object.entries(vectors)) {
  test(`prints ${construct} in the published forms`, () => {
    for (const [schema, expected] of cases) assert.equal(typeOf(schema), expected);
  });
}

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

test("prints one line for what is not an object with keys", () => {
  assert.deepEqual(compileMdl(List(Str())), ["List[str]"]);
  assert.deepEqual(compileMdl(record(Int())), ["Dict[str, int]"]);
  assert.deepEqual(compileMdl(nullable(Type.Object({ a: Int() }))), ["Optional[Dict{a: int}]"]);
  assert.deepEqual(compileMdl(Type.Object({})), ["Dict{}"]);
});
