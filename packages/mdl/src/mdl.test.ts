import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@conduit/types";
import { Type } from "typebox";
import { z } from "zod";
import { MdlSchemaError, mdl, parseMdl } from "./index.ts";

const str = { type: "string" };
const int = { type: "integer" };
const float = { type: "number" };
const nothing = { type: "null" };
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});

/** Schemas, and the text that they are printed as and that is read as them. */
const vectors: Record<string, readonly (readonly [JsonObject, string])[]> = {
  "lengths and limits": [
    [{ type: "string", minLength: 1, maxLength: 50 }, "str 1..50"],
    [{ type: "string", minLength: 1 }, "str 1.."],
    [{ type: "string", maxLength: 50 }, "str ..50"],
    [{ type: "string", minLength: 5, maxLength: 5 }, "str 5"],
    [{ type: "integer", minimum: 0, maximum: 10 }, "int 0..10"],
    [{ type: "integer", minimum: 3, maximum: 3 }, "int 3..3"],
    [{ type: "number", minimum: -0.5, maximum: 1e21 }, "float -0.5..1e+21"],
    [{ type: "number", minimum: 0 }, "float 0.."],
    [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1.5 }, "float >0 <1.5"],
    [{ type: "integer", minimum: 0, multipleOf: 5 }, "int 0.. multipleOf 5"],
    [{ type: "array", items: str, minItems: 1, maxItems: 3 }, "List[str] 1..3"],
    [{ type: "array", items: str, uniqueItems: true }, "List[str] unique"],
    [{ type: "object", additionalProperties: int, minProperties: 1 }, "Dict[str, int] 1.."],
    [object({ a: int }, { maxProperties: 2 }), "Dict{a: int} ..2"],
  ],
  "patterns and formats": [
    [{ type: "string", pattern: "^[a-z]+$" }, "str /^[a-z]+$/"],
    [{ type: "string", pattern: "^https?://a\\.b/" }, "str /^https?:\\/\\/a\\.b\\//"],
    [{ type: "string", pattern: "" }, "str //"],
    [{ type: "string", pattern: '[,)\\]"#]' }, 'str /[,)\\]"#]/'],
    [{ type: "string", format: "date-time" }, "str date-time"],
    [{ type: "string", format: "uri", maxLength: 9 }, "str ..9 uri"],
    [{ type: "string", format: "unique" }, 'str "unique"'],
    [{ type: "string", format: "deprecated" }, 'str "deprecated"'],
    [{ type: "string", format: "readOnly" }, 'str "readOnly"'],
    [{ type: "string", format: "Two words" }, 'str "Two words"'],
    [{ type: "string", format: "e" }, "str e"],
    [{ type: "string", minLength: 1, pattern: "a", format: "email" }, "str 1.. /a/ email"],
  ],
  "constants and enums": [
    [{ enum: ["a", "b", 3] }, 'Literal["a", "b", 3]'],
    [{ enum: ["a"] }, 'Literal["a"]'],
    [{ enum: [true] }, "Literal[true]"],
    [{ enum: [-1.5, 1e21] }, "Literal[-1.5, 1e+21]"],
    [{ enum: ["a", "b", "c-1", "d", "e", "é"] }, "Literal[a b c-1 d e é]"],
    [{ enum: ["true", "b", "c", "d", "e", "f"] }, 'Literal["true","b","c","d","e","f"]'],
    [{ enum: ["a b", "b", "c", "d", "e", 1] }, 'Literal["a b","b","c","d","e",1]'],
    [{ enum: ['"', "]", ", ", "\n", "#"] }, 'Literal["\\"", "]", ", ", "\\n", "#"]'],
    [{ enum: [[1, [2]], { a: { b: "]" } }] }, 'Literal[[1,[2]], {"a":{"b":"]"}}]'],
    [{ enum: [""] }, 'Literal[""]'],
    [{ anyOf: [{ enum: ["auto"] }, int] }, 'Union[Literal["auto"], int]'],
    [{ anyOf: [{ enum: ["a", "b"] }, nothing] }, "Optional[Literal[a b]]"],
    [{ type: "array", items: { enum: ["a", "b"] } }, "List[Literal[a b]]"],
    [object({ kind: { enum: ["a"] } }), 'kind: Literal["a"]'],
  ],
  "null and absence": [
    [{ type: "object", properties: { a: int } }, "a?: int"],
    [object({ a: { anyOf: [int, nothing] } }), "a: Optional[int]"],
    [{ type: "object", properties: { a: { anyOf: [int, nothing] } } }, "a?: Optional[int]"],
    [{ anyOf: [{ anyOf: [int, str] }, nothing] }, "Optional[Union[int, str]]"],
    [{ type: "array", items: { anyOf: [int, nothing] } }, "List[Optional[int]]"],
    [
      { anyOf: [{ type: "array", items: { anyOf: [str, nothing] } }, nothing] },
      "Optional[List[Optional[str]]]",
    ],
    [{ not: nothing }, "Not[None]"],
    [{ anyOf: [{ oneOf: [int, float] }, nothing] }, "Optional[OneOf[int, float]]"],
    [{ oneOf: [nothing, { minimum: 1 }] }, "OneOf[None, float? 1..]"],
    [{ anyOf: [str, { type: "null", description: "Unknown" }] }, "Union[\n str\n None # Unknown\n]"],
    [object({ "a?": int }), '"a?": int'],
    [object({ a: { type: "object", properties: { b: int } } }), "a: Dict{b?: int}"],
  ],
  "lists and tuples": [
    [{ type: "array" }, "List"],
    [{ type: "array", minItems: 2 }, "List 2.."],
    [{ type: "array", items: { type: "array", items: str } }, "List[List[str]]"],
    [{ type: "array", prefixItems: [str, int], items: false, minItems: 2 }, "Tuple[str, int]"],
    [{ type: "array", prefixItems: [str], items: int, minItems: 1 }, "Tuple[str, int, ...]"],
    [
      { type: "array", prefixItems: [str, int], items: false, maxItems: 2, minItems: 0 },
      "Tuple[str, int] 0..2",
    ],
    [{ type: "array", prefixItems: [str, int], minItems: 0 }, "Tuple[str, int] 0.."],
    [{ type: "array", prefixItems: [str], minItems: 1 }, "Tuple[str] 1.."],
    [{ type: "array", prefixItems: [str], items: int, minItems: 0 }, "Tuple[str, int, ...] 0.."],
    [
      { type: "array", prefixItems: [str], items: int, minItems: 2, maxItems: 4 },
      "Tuple[str, int, ...] 2..4",
    ],
    [
      { type: "array", prefixItems: [str, str], items: false, minItems: 2, uniqueItems: true },
      "Tuple[str, str] unique",
    ],
    [{ items: int }, "List?[int]"],
    [{ prefixItems: [int], minItems: 1, items: false }, "Tuple?[int]"],
  ],
  "other keys": [
    [object({ a: int }, { additionalProperties: false }), "a: int\n!"],
    [object({ o: object({ a: int }, { additionalProperties: false }) }), "o: Dict{|a: int|}"],
    [{ type: "object", additionalProperties: false }, "Dict{||}"],
    [{ type: "object" }, "Dict{}"],
    [object({ a: int }, { additionalProperties: str }), "a: int\n*: str"],
    [{ type: "object", additionalProperties: str }, "Dict[str, str]"],
    [{ type: "object", patternProperties: { "^x-": str }, additionalProperties: false }, "/^x-/: str\n!"],
    [
      object({ a: int }, { patternProperties: { "^x-": str, "/": int }, additionalProperties: float }),
      "a: int\n/^x-/: str\n/\\//: int\n*: float",
    ],
    [{ type: "object", patternProperties: { "^-?(?:0|[1-9][0-9]*)$": str } }, "Dict[int, str]"],
    [
      { type: "object", propertyNames: { type: "string", pattern: "^a" }, additionalProperties: int },
      "Dict[str /^a/, int]",
    ],
    [{ type: "object", propertyNames: { type: "string", maxLength: 3 } }, "Dict[str ..3]"],
    [{ type: "object", required: ["a", "b c"] }, 'Dict{a, "b c"}'],
    [{ ...object({ a: int }), required: ["a", "b"] }, "a: int\nb"],
    [{ properties: { a: int } }, "Dict?{a?: int}"],
  ],
  "unions and intersections": [
    [{ oneOf: [int, float] }, "OneOf[int, float]"],
    [{ oneOf: [{ enum: [5] }, { minLength: 1 }] }, "OneOf[Literal[5], str? 1..]"],
    [{ oneOf: [{ enum: ["a"] }, { minimum: 1 }] }, 'OneOf[Literal["a"], float? 1..]'],
    [
      { anyOf: [object({ k: { enum: ["a"] }, x: int }), object({ k: { enum: ["b"] }, y: str })] },
      'Union[Dict{k: Literal["a"], x: int}, Dict{k: Literal["b"], y: str}]',
    ],
    [
      {
        allOf: [
          { type: "string", pattern: "a" },
          { type: "string", pattern: "b" },
        ],
      },
      "str /a/ & str /b/",
    ],
    [
      { allOf: [object({ a: int }), { anyOf: [object({ b: int }), object({ c: int })] }] },
      "Dict{a: int} & Union[Dict{b: int}, Dict{c: int}]",
    ],
    [{ not: str }, "Not[str]"],
    [{ allOf: [str, { not: { enum: ["a"] } }] }, 'str & Not[Literal["a"]]'],
    [{ type: "array", items: { allOf: [int, { not: { enum: [1] } }] } }, "List[int & Not[Literal[1]]]"],
    [{ anyOf: [int, { not: { minimum: 3 } }] }, "Union[int, Not[float? 3..]]"],
    [object({ a: int }, { properties: { a: int, b: { not: {} } } }), "a: int\nb?: Never"],
    [{ anyOf: [{ anyOf: [int, str], deprecated: true }, nothing] }, "Optional[Union[int, str] deprecated]"],
    [{ anyOf: [str, { type: "array", items: str }] }, "Union[str, List[str]]"],
    [
      {
        anyOf: [
          {
            allOf: [
              { type: "string", pattern: "a" },
              { type: "string", pattern: "b" },
            ],
          },
        ],
        readOnly: true,
      },
      "Union[str /a/ & str /b/] readOnly",
    ],
  ],
  names: [
    [
      {
        $defs: {
          Node: { type: "object", properties: { v: int, next: { $ref: "#/$defs/Node" } }, required: ["v"] },
        },
        ...object({ first: { $ref: "#/$defs/Node" } }),
      },
      "Node = Dict{v: int, next?: Node}\nfirst: Node",
    ],
    [
      { $defs: { P: object({ x: int }) }, ...object({ a: { $ref: "#/$defs/P" }, b: { $ref: "#/$defs/P" } }) },
      "P = Dict{x: int}\na: P\nb: P",
    ],
    [{ type: "object", properties: { next: { $ref: "#" } } }, "next?: Root"],
    [{ type: "array", items: { $ref: "#" } }, "List[Root]"],
    [
      { anyOf: [str, { type: "object", additionalProperties: { $ref: "#" } }] },
      "Union[str, Dict[str, Root]]",
    ],
    [
      {
        $defs: { P: { type: "string", minLength: 1 } },
        type: "array",
        prefixItems: [{ $ref: "#/$defs/P" }, { $ref: "#/$defs/P" }],
        items: false,
        minItems: 2,
      },
      "P = str 1..\nTuple[P, P]",
    ],
    [
      {
        $defs: {
          A: object({ b: { $ref: "#/$defs/B" } }),
          B: { type: "array", items: { $ref: "#/$defs/A" } },
        },
        ...object({ a: { $ref: "#/$defs/A" }, b: { $ref: "#/$defs/B" } }),
      },
      "A = Dict{b: B}\nB = List[A]\na: A\nb: B",
    ],
    [
      {
        $defs: { P: object({ x: int }, { description: "Point" }) },
        ...object({ a: { $ref: "#/$defs/P", description: "From" }, b: { $ref: "#/$defs/P" } }),
      },
      "P = Dict{x: int} # Point\na: P # From\nb: P",
    ],
    [
      {
        $defs: { P: object({ x: { type: "integer", description: "Across" } }) },
        ...object({ a: { $ref: "#/$defs/P" }, b: { $ref: "#/$defs/P" } }),
      },
      "P = Dict{\n x: int # Across\n}\na: P\nb: P",
    ],
    [{ anyOf: [{ type: "array", items: { $ref: "#" } }, nothing] }, "Optional[List[Root]]"],
    [
      {
        $defs: { P: str },
        ...object({ a: { anyOf: [{ $ref: "#/$defs/P" }, nothing] }, b: { $ref: "#/$defs/P" } }),
      },
      "P = str\na: Optional[P]\nb: P",
    ],
    [
      {
        $defs: { P: object({ x: int }) },
        ...object({ a: { $ref: "#/$defs/P", deprecated: true }, b: { $ref: "#/$defs/P" } }),
      },
      "P = Dict{x: int}\na: P deprecated\nb: P",
    ],
  ],
  "defaults, examples and marks": [
    [object({ a: { type: "integer", default: 3 } }), "a: int = 3"],
    [{ type: "object", properties: { a: { type: "string", default: "x # y" } } }, 'a?: str = "x # y"'],
    [object({ a: { type: "array", items: str, default: ["a", "]"] } }), 'a: List[str] = ["a","]"]'],
    [object({ a: { anyOf: [str, nothing], default: null } }), "a: Optional[str] = null"],
    [object({ a: object({ x: int }, { default: { x: 1 } }) }), 'a: Dict{x: int} = {"x":1}'],
    [{ type: "string", default: "x" }, "str = x"],
    [{ type: "integer", examples: [1, 2] }, "int e.g. 1 2"],
    [{ type: "string", maxLength: 3, examples: ["a, b)"] }, 'str ..3 e.g. "a, b)"'],
    [object({ a: { type: "string", readOnly: true } }), "a: str readOnly"],
    [object({ a: { type: "string", writeOnly: true, deprecated: true } }), "a: str writeOnly deprecated"],
    [{ enum: ["a"], examples: ["a"] }, 'Literal["a"] e.g. "a"'],
    [
      object({ a: { type: "integer", default: 1, description: "Count", minimum: 0 } }),
      "a: int 0.. = 1 # Count",
    ],
    [{ type: "array", items: { type: "integer", default: 0 } }, "List[int = 0]"],
  ],
  "words, bars and what is next to them": [
    [
      object({ o: object({ "a|b": { type: "string", pattern: "a|}" } }, { additionalProperties: false }) }),
      'o: Dict{|"a|b": str /a|}/|}',
    ],
    [
      object({ o: object({ a: { type: "string", examples: ["|}"] } }, { additionalProperties: false }) }),
      'o: Dict{|a: str e.g. "|}"|}',
    ],
    [
      object({ o: object({ a: { type: "string", default: "x" } }, { additionalProperties: false }) }),
      "o: Dict{|a: str = x|}",
    ],
    [
      {
        type: "array",
        items: { type: "object", patternProperties: { "|": int }, additionalProperties: false },
      },
      "List[Dict{|/|/: int|}]",
    ],
    [object({ o: { type: "object", additionalProperties: false } }), "o: Dict{||}"],
    [{ additionalProperties: false }, "Dict?{||}"],
    [
      object({ a: object({ b: { type: "integer", description: "B" } }, { additionalProperties: false }) }),
      "a: Dict{|\n b: int # B\n|}",
    ],
    [{ enum: ["a|b", "c|", "true|x", "nullable"] }, "Literal[a|b c| true|x nullable]"],
    [{ enum: ["true", "x"] }, 'Literal["true", "x"]'],
    [{ enum: ["1", "x"] }, 'Literal["1", "x"]'],
    [{ enum: ["x", "null"] }, 'Literal["x", "null"]'],
    [{ enum: ["a", true] }, 'Literal["a", true]'],
    [object({ a: { type: "string", default: "true" } }), 'a: str = "true"'],
    [object({ a: { type: "boolean", default: true } }), "a: bool = true"],
    [object({ a: { type: "string", default: "1" } }), 'a: str = "1"'],
    [object({ a: { type: "string", default: "null" } }), 'a: str = "null"'],
    [object({ a: { type: "string", default: "true-ish" } }), "a: str = true-ish"],
    [object({ a: { type: "string", default: "e.g." } }), "a: str = e.g."],
    [object({ a: { type: "string", default: "a|b" } }), 'a: str = "a|b"'],
    [object({ a: { type: "string", default: "" } }), 'a: str = ""'],
    [
      object({ a: { type: "string", examples: ["a", "b"], default: "a", description: "c" } }),
      'a: str e.g. "a" "b" = a # c',
    ],
    [object({ a: { type: "integer", examples: [1, -2], default: 3 } }), "a: int e.g. 1 -2 = 3"],
    [
      object({ a: { type: "boolean", examples: [true, false] }, true: int }),
      "a: bool e.g. true false\ntrue: int",
    ],
    [
      object({ a: { type: "array", items: str, examples: [["b"], []] }, "c d": int }),
      'a: List[str] e.g. ["b"] []\n"c d": int',
    ],
    [
      object({ a: str, unique: str, email: str, deprecated: int }),
      "a: str\nunique: str\nemail: str\ndeprecated: int",
    ],
    [object({ a: { type: "array", items: str, maxItems: 3 }, unique: str }), "a: List[str] ..3\nunique: str"],
    [
      object({ a: object({ b: { type: "string", format: "uri", description: "B" }, email: str }) }),
      "a: Dict{\n b: str uri # B\n email: str\n}",
    ],
    [{ ...object({ a: str }), required: ["a", "unique", "readOnly"] }, "a: str\nunique\nreadOnly"],
    [
      object({
        a: {
          anyOf: [
            { type: "string", description: "A" },
            { type: "string", format: "email", minLength: 3 },
          ],
        },
        e: { enum: ["a"] },
      }),
      'a: Union[\n str # A\n str 3.. email\n]\ne: Literal["a"]',
    ],
    [{ type: "array", prefixItems: [str], items: int, minItems: 2 }, "Tuple[str, int, ...] 2.."],
  ],
  descriptions: [
    [
      object({ a: { type: "string", description: "As `ls` prints it # x" } }),
      "a: str # As `ls` prints it # x",
    ],
    [object({ a: int }, { description: "All" }), "# All\na: int"],
    [{ type: "array", items: str, description: "Names" }, "List[str] # Names"],
    [
      object({ a: object({ b: { type: "integer", description: "First" }, c: str }) }),
      "a: Dict{\n b: int # First\n c: str\n}",
    ],
    [
      object({ a: object({ b: { type: "integer", description: "First" } }, { description: "Outer" }) }),
      "a: Dict{ # Outer\n b: int # First\n}",
    ],
    [
      object({
        a: {
          type: "array",
          items: object({ b: { type: "integer", description: "First" } }),
          description: "All",
        },
      }),
      "a: List[Dict{ # All\n b: int # First\n}]",
    ],
    [
      object({ a: { type: "array", items: object({ b: int }, { description: "One" }), description: "All" } }),
      "a: List[Dict{ # All\n # One\n b: int\n}]",
    ],
    [
      object({ a: { type: "array", items: { type: "string", description: "One" }, description: "All" } }),
      "a: List[ # All\n str # One\n]",
    ],
    [
      {
        anyOf: [
          { type: "string", description: "Text" },
          { type: "integer", description: "Number" },
        ],
      },
      "Union[\n str # Text\n int # Number\n]",
    ],
    [object({ a: { anyOf: [int, nothing], description: "Count" } }), "a: Optional[int] # Count"],
    [
      { type: "object", additionalProperties: { type: "integer", description: "Count" } },
      "Dict[\n str\n int # Count\n]",
    ],
    [
      object({
        a: {
          type: "array",
          prefixItems: [object({ b: { type: "integer", description: "B" } }), int],
          items: false,
          minItems: 2,
        },
      }),
      "a: Tuple[Dict{\n b: int # B\n}, int]",
    ],
    [
      {
        allOf: [object({ a: { type: "integer", description: "A" } }), { not: object({ b: int }) }],
        description: "Both",
      },
      "Dict{ # Both\n a: int # A\n} & Not[Dict{b: int}]",
    ],
  ],
};

for (const [construct, cases] of Object.entries(vectors)) {
  test(`prints and reads ${construct}`, () => {
    assert.ok(cases.length >= 12);
    for (const [schema, text] of cases) {
      assert.equal(mdl(schema), text);
      assert.deepEqual(parseMdl(text), schema);
    }
  });
}

test("does not print the limits that Zod writes at every integer", () => {
  assert.equal(mdl(z.object({ a: z.int(), b: z.int().min(0) })), "a: int\nb: int 0..");
});

test("prints other ways to say the same alike", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ type: ["string", "null"], minLength: 1 }, "Optional[str 1..]"],
    [{ oneOf: [str, int] }, "Union[str, int]"],
    [{ type: ["integer", "string", "null"] }, "Optional[Union[int, str]]"],
    [{ const: "a" }, 'Literal["a"]'],
    [
      {
        oneOf: [
          { const: "a", title: "A" },
          { const: "b", title: "B" },
        ],
      },
      "Literal[a b]",
    ],
    [{ type: "array", items: [str, int], additionalItems: false }, "Tuple[str, int] 0..2"],
    [{ allOf: [object({ a: int }), object({ b: str })] }, "a: int\nb: str"],
    [{ type: "string", minLength: 0, description: " " }, "str"],
    [
      {
        $schema: "http://json-schema.org/draft-04/schema#",
        type: "number",
        minimum: 0,
        exclusiveMinimum: true,
      },
      "float >0",
    ],
    [
      { type: "object", properties: { a: int }, dependentRequired: { a: ["b"] } },
      "Dict{a?: int} & Union[Not[Dict{a}], Dict{b}]",
    ],
    [
      {
        definitions: { p: { $ref: "#/definitions/q" }, q: str },
        ...object({ a: { $ref: "#/definitions/p" } }),
      },
      "a: str",
    ],
    [{ anyOf: [{ enum: ["r", "w"], description: "Access" }, nothing] }, "Optional[Literal[r w]] # Access"],
    [object({ a: { type: "string", description: " One\n  two\t" } }), "a: str # One two"],
  ];
  for (const [schema, text] of cases) {
    assert.equal(mdl(schema), text);
    assert.equal(mdl(parseMdl(text)), text);
  }
});

test("keeps a key that may be absent apart from a value that may be null", () => {
  const schema = Type.Object({
    absent: Type.Optional(Type.Integer()),
    null: Type.Union([Type.Integer(), Type.Null()]),
    both: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    nested: Type.Array(
      Type.Object({ a: Type.Optional(Type.Integer()), "b c": Type.Optional(Type.String()) }),
    ),
  });
  assert.equal(
    mdl(schema),
    [
      "absent?: int",
      "null: Optional[int]",
      "both?: Optional[int]",
      'nested: List[Dict{a?: int, "b c"?: str}]',
    ].join("\n"),
  );
});

test("refuses untyped values and a null alone, naming their place", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{}, ""],
    [object({ a: {} }), "/a"],
    [object({ "a/b": { type: "array", items: {} } }), "/a~1b/*"],
    [object({ a: { type: "array", prefixItems: [str, {}] } }), "/a/1"],
    [{ type: "object", additionalProperties: {} }, "/*"],
    [{ type: "object", patternProperties: { "^x-": {} } }, "/*"],
    [nothing, ""],
    [object({ a: { type: "object", required: ["b"], patternProperties: { "(?i)b": int } } }), "/a"],
    [object({ a: object({ b: nothing }) }), "/a/b"],
    [{ type: "array", items: nothing }, "/*"],
    [{ type: "array", prefixItems: [nothing] }, "/0"],
    [{ $defs: { N: nothing }, ...object({ a: { $ref: "#/$defs/N" }, b: { $ref: "#/$defs/N" } }) }, "/a"],
    [
      {
        $defs: { N: object({ c: nothing }) },
        ...object({ a: { $ref: "#/$defs/N" }, b: { $ref: "#/$defs/N" } }),
      },
      "/a/c",
    ],
  ];
  for (const [schema, path] of cases) {
    assert.throws(
      () => mdl(schema),
      (error) => {
        assert.ok(MdlSchemaError.isInstance(error), String(error));
        assert.equal(error.path, path);
        return true;
      },
      JSON.stringify(schema),
    );
  }
});
