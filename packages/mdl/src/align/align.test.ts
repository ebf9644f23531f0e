import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue, Schema } from "@conduit/types";
import { shapeOf } from "../shape/shape-of.ts";
import { startAlignment } from "./align.ts";
import { describeFailure, failuresOf, misfit, notesOf } from "./alignment.ts";

const str = { type: "string" };
const int = { type: "integer" };
const float = { type: "number" };
const object = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...rest,
});
const closed = { additionalProperties: false };
const list = (items: unknown, rest: Record<string, unknown> = {}) => ({ type: "array", items, ...rest });

function align(value: JsonValue, schema: unknown) {
  const outcome = startAlignment({ recording: true }).outcome(value, shapeOf(schema as Schema).root);
  if (outcome.value === misfit) return failuresOf(outcome).map(describeFailure);
  const repairs = notesOf(outcome.notes).map((note) =>
    "kind" in note ? `${note.kind} ${note.path}`.trim() : note,
  );
  return { value: outcome.value, repairs };
}

/** A schema, a value, what the value is made into, and by which repairs. */
const repaired: readonly (readonly [schema: unknown, value: JsonValue, aligned: JsonValue, ...string[]])[] = [
  [int, "1,234", 1234, "number"],
  [int, "€ 1,234,567", 1234567, "number"],
  [float, "$1,234.50", 1234.5, "number"],
  [float, "9007199254740992", 9007199254740992, "number"],
  [{ enum: ["in_progress", "done"] }, "In Progress", "in_progress", "literal"],
  [{ enum: ["in_progress", "done"] }, "**Done.**", "done", "literal"],
  [{ enum: [{ a: 1, b: [2] }, 1] }, { b: [2], a: 1 }, { b: [2], a: 1 }],
  [object({ a: int }), '{"a": 1}', { a: 1 }, "wrapper"],
  [object({ a: int }), "{a: '1'}", { a: 1 }, "wrapper", "number /a"],
  [list(str), '["a", "b"]', ["a", "b"], "wrapper"],
  [list(str), "[see below]", ["[see below]"], "list"],
  [object({ a: int }), { result: { a: 1 } }, { a: 1 }, "wrapper"],
  [list(object({ a: int })), { items: [{ a: 1 }] }, [{ a: 1 }], "wrapper"],
  [list(object({ a: int })), { a: 1 }, [{ a: 1 }], "list"],
  [
    { prefixItems: [int, str], items: float },
    ["1", 2, "3"],
    [1, "2", 3],
    "number /0",
    "string /1",
    "number /2",
  ],
  [
    { allOf: [object({ a: int }), object({ b: str })] },
    { a: "1", b: 2, c: 3 },
    { a: 1, b: "2", c: 3 },
    "number /a",
    "string /b",
  ],
  [{ allOf: [object({ a: int }, closed), { not: object({ b: int }) }] }, { a: 1, c: 2 }, { a: 1 }, "key /c"],
  [{ anyOf: [{ ...int, maximum: 5 }, str] }, 7, "7", "string"],
  [{ anyOf: [{ ...int, maximum: 5 }, int] }, 7, 7],
  [
    {
      oneOf: [
        { ...int, minimum: 5 },
        { ...int, maximum: 3 },
      ],
    },
    7,
    7,
  ],
  [{ minLength: 3 }, 5, 5],
  [{ minLength: 3 }, ["x"], ["x"]],
  [
    { patternProperties: { "^n": int }, additionalProperties: str },
    { n1: "1", x: 2 },
    { n1: 1, x: "2" },
    "number /n1",
    "string /x",
  ],
  [
    { type: "object", propertyNames: { enum: ["a", "b"] }, additionalProperties: int },
    { a: 1, c: 2 },
    { a: 1 },
    "key /c",
  ],
  [
    { $defs: { L: { type: "array", items: { anyOf: [{ $ref: "#/$defs/L" }, int] } } }, $ref: "#/$defs/L" },
    ["1", ["2"]],
    [1, [2]],
    "number /0",
    "number /1/0",
  ],
];

for (const [schema, value, aligned, ...repairs] of repaired) {
  test(`makes ${JSON.stringify(value)} fit ${JSON.stringify(schema)}`, () => {
    assert.deepEqual(align(value, schema), { value: aligned, repairs });
  });
}

/** A schema, a value that does not fit, and what is wrong: path, expected, found. */
const refused: readonly (readonly [
  schema: unknown,
  value: JsonValue,
  ...(readonly [string, string, string])[],
])[] = [
  [object({ n: { ...int, minimum: 0 } }), { n: -1 }, ["/n", "int 0..", "-1"]],
  [float, "1,234", ["", "float", '"1,234"']],
  [int, "9007199254740993", ["", "int", '"9007199254740993"']],
  [int, "50%", ["", "int", '"50%"']],
  [{ enum: ["A+", "B"] }, "A-", ["", "Literal[A+ B]", '"A-"']],
  [{ enum: ["a b", "a-b"] }, "a_b", ["", 'Literal["a b", "a-b"]', '"a_b"']],
  [list(int, { maxItems: 1 }), [1, 2], ["", "List[int] ..1", "[1,2]"]],
  [
    object({ a: int, b: { ...str, maxLength: 1 }, c: { type: "boolean" } }),
    { a: "x", b: "xx" },
    ["/a", "int", '"x"'],
    ["/b", "str ..1", '"xx"'],
    ["/c", "bool", "nothing"],
  ],
  [{ not: str }, "a", ["", "Not[str]", '"a"']],
  [
    { oneOf: [object({ a: int }), object({ b: int })] },
    { a: 1, b: 2 },
    ["", "OneOf[Dict{a: int}, Dict{b: int}]", '{"a":1,"b":2}'],
  ],
  [
    { allOf: [object({ a: int }, closed), { properties: { b: int } }] },
    { a: 1, b: 2 },
    ["", "Dict{|a: int|} & Dict{b?: int}", '{"a":1,"b":2}'],
  ],
  [
    { type: "object", propertyNames: { pattern: "^x" }, additionalProperties: int },
    { y: 1 },
    ["/y", "str /^x/", '"y"'],
  ],
];

for (const [schema, value, ...mismatches] of refused) {
  test(`does not make ${JSON.stringify(value)} fit ${JSON.stringify(schema)}`, () => {
    assert.deepEqual(
      align(value, schema),
      mismatches.map(([path, expected, found]) => ({ path, expected, found })),
    );
  });
}

test("makes no lists in lists in lists without end", () => {
  const endless = { $defs: { L: { type: "array", items: { $ref: "#/$defs/L" } } }, $ref: "#/$defs/L" };
  assert.deepEqual(align([[], [[]]], endless), { value: [[], [[]]], repairs: [] });
  const [failure] = align(5, endless) as { found: string }[];
  assert.equal(failure?.found, "5");
});

test("tries no member of a union twice with the same value", () => {
  const node = (kind: unknown) => ({
    type: "object",
    properties: { n: { type: "string" }, [String(kind)]: int, next: { $ref: "#" } },
    required: ["n"],
  });
  const schema = { anyOf: [node("a"), node("b")] };
  let value: JsonValue = { n: 0 };
  for (let depth = 0; depth < 60; depth += 1) value = { n: depth, next: value };
  const { repairs } = align(value, schema) as { repairs: string[] };
  assert.equal(repairs.length, 61);
});

test("looks up a literal among very many", () => {
  const names = Array.from({ length: 50_000 }, (_, index) => `name_${index}`);
  const schema = list({ enum: names });
  assert.deepEqual(align(names, schema), { value: names, repairs: [] });
  const loud = names.map((name) => name.toUpperCase());
  const { value } = align(loud, schema) as { value: unknown };
  assert.deepEqual(value, names);
});

test("makes nothing of a part that its name and its pattern want different things of", () => {
  const schema = {
    type: "object",
    properties: { b: { type: "integer" } },
    patternProperties: { b$: { type: "string", maxLength: 3 } },
  } as const;
  const { root } = shapeOf(schema);
  for (const value of [{ b: 12 }, { b: "12" }]) {
    assert.equal(startAlignment({ recording: true }).align(value, root), misfit);
  }
});
