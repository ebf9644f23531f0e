import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { MdlParseError, PartialParser, parse } from "./index.ts";

const Files = Type.Object({
  files: Type.Array(Type.Object({ name: Type.String({ maxLength: 5 }), bytes: Type.Integer() }), {
    maxItems: 2,
  }),
});
const filesType = "Dict{files: List[Dict{name: str ..5, bytes: int}] ..2}";

const Shapes = Type.Union([
  Type.Object({ kind: Type.Literal("circle"), radius: Type.Number() }),
  Type.Object({ kind: Type.Literal("square"), side: Type.Number() }),
]);
const shapesType =
  'Union[Dict{kind: Literal["circle"], radius: float}, Dict{kind: Literal["square"], side: float}]';

/** Answers that cannot be repaired, and what the error says. */
const failures: readonly (readonly [
  schema: TSchema,
  answer: string,
  path: string,
  expected: string,
  found: string,
])[] = [
  [Files, '{"files": [{"name": "a", "bytes": "12 KB"}]}', "/files/0/bytes", "int", '"12 KB"'],
  [Files, '{"files": [{"name": "a", "bytes": 1.5}]}', "/files/0/bytes", "int", "1.5"],
  [
    Files,
    '{"files": [{"name": "a", "bytes": "12345678901234567890"}]}',
    "/files/0/bytes",
    "int",
    '"12345678901234567890"',
  ],
  [Files, '{"files": [{"name": "a"}]}', "/files/0/bytes", "int", "nothing"],
  [Files, '{"files": [{"name": null, "bytes": 1}]}', "/files/0/name", "str ..5", "null"],
  [Files, '{"files": null}', "/files", "List[Dict{name: str ..5, bytes: int}] ..2", "null"],
  [Files, '{"files": "none"}', "/files", "List[Dict{name: str ..5, bytes: int}] ..2", '"none"'],
  [Files, "[]", "", filesType, "[]"],
  [Files, "", "", filesType, "an empty answer"],
  [Files, "<think>Let me see {", "", filesType, "an empty answer"],
  [Files, "I cannot do that.", "", filesType, 'text without JSON: "I cannot do that."'],
  [Files, "See [the list].", "/0", "a JSON value", '"the list]."'],
  [Files, 'Sure: {"files": [{"name": @}]}', "/files/0/name", "a JSON value", '"@}]}"'],
  [
    Files,
    '{"files": [{"name": "a", "bytes": 1',
    "/files/0/bytes",
    "the rest of the value",
    "the end of the answer",
  ],
  [Files, '{"files": [{"name": "a', "/files/0/name", "the rest of the value", "the end of the answer"],
  [
    Files,
    '{"files": [{"name": "a", "bytes": 1},',
    "/files",
    "the rest of the value",
    "the end of the answer",
  ],
  [Files, '{"files": [{"name": "abcdef", "bytes": 1}]}', "/files/0/name", "str ..5", '"abcdef"'],
  [
    Files,
    JSON.stringify({ files: [1, 2, 3].map((bytes) => ({ name: "a", bytes })) }),
    "/files",
    "List[Dict{name: str ..5, bytes: int}] ..2",
    '[{"name":"a","bytes":1},{"name":"a","bytes":2},{"name":"a","bytes":3}]',
  ],
  [Shapes, '{"kind": "circle", "side": 1}', "/radius", "float", "nothing"],
  [Shapes, '{"kind": "square", "side": "long"}', "/side", "float", '"long"'],
  [Shapes, '{"kind": "oval"}', "/kind", "Literal[circle square]", '"oval"'],
  [Shapes, '{"radius": 1, "side": 1}', "/kind", "Literal[circle square]", "nothing"],
  [Shapes, "[]", "", shapesType, "[]"],
  [Type.Union([Files, Type.Null()]), '{"files": [1]}', "/files/0", "Dict{name: str ..5, bytes: int}", "1"],
  [Type.Union([Type.Integer(), Type.Boolean()]), '"maybe"', "", "Union[int, bool]", '"maybe"'],
  [Type.Enum(["a", "A"]), '" a"', "", "Literal[a A]", '" a"'],
  [Type.Tuple([Type.Integer(), Type.Integer()]), "[1]", "", "Tuple[int, int]", "[1]"],
  [Type.Record(Type.String(), Type.Integer()), '{"a/b": "x"}', "/a~1b", "int", '"x"'],
  [
    Type.Record(Type.String(), Type.Integer()),
    JSON.stringify({ long: "x".repeat(200) }),
    "/long",
    "int",
    `"${"x".repeat(99)}…`,
  ],
  [
    Files,
    `{"files": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    "",
    "at most 128 levels",
    `"${"[".repeat(20)}"`,
  ],
];

for (const [schema, answer, path, expected, found] of failures) {
  test(`refuses ${answer.slice(0, 60)}`, () => {
    assert.throws(
      () => parse(answer, schema),
      (error) => {
        assert.ok(MdlParseError.isInstance(error));
        assert.equal(error.code, "MDL_PARSE");
        assert.deepEqual(
          { path: error.path, expected: error.expected, found: error.found },
          { path, expected, found },
        );
        assert.equal(
          error.message,
          `The answer does not fit its type. At ${path || "the top level"}: expected ${expected}, found ${found}. ` +
            "Answer again with one JSON value of the type and nothing else.",
        );
        return true;
      },
    );
  });
}

test("tells several things that are wrong, at most five", () => {
  const wrong = { files: Array.from({ length: 2 }, () => ({ name: 1.5, bytes: "x", more: null })) };
  assert.throws(
    () => parse(JSON.stringify({ files: [{}, { name: "abcdef", bytes: "x" }, wrong, 7] }), Files),
    (error) => {
      assert.ok(MdlParseError.isInstance(error));
      assert.deepEqual(
        error.mismatches.map(({ path, expected, found }) => `${path} ${expected} ${found}`),
        [
          "/files/0/name str ..5 nothing",
          "/files/0/bytes int nothing",
          '/files/1/name str ..5 "abcdef"',
          '/files/1/bytes int "x"',
          "/files/2/name str ..5 nothing",
        ],
      );
      assert.match(
        error.message,
        /At \/files\/0\/bytes: expected int, found nothing\. At \/files\/1\/name: /,
      );
      return true;
    },
  );
});

test("refuses a schema with a pattern that JavaScript does not read, whole or in pushes", () => {
  const schemas: readonly TSchema[] = [
    Type.Object({ a: Type.String({ pattern: "(" }) }),
    Type.Object({ a: Type.Record(Type.String({ pattern: "^(?i)x" }), Type.Integer()) }),
    Type.Object({ a: { enum: ["b"], pattern: "(" } as TSchema }),
  ];
  for (const schema of schemas) {
    const stream = () => {
      const parser = new PartialParser(schema);
      for (const answer of ['{"a": "b"}', '{"a": {"b": 1}}']) parser.push(answer);
    };
    for (const read of [() => parse('{"a": "b"}', schema), stream]) {
      assert.throws(read, { code: "INVALID_SCHEMA" });
    }
  }
});

test("throws nothing but the error of the package, whatever is nested and how deep", () => {
  const Tree = Type.Cyclic(
    {
      Node: Type.Union([
        Type.Array(Type.Ref("Node")),
        Type.Object({ a: Type.Optional(Type.Ref("Node")) }),
        Type.Null(),
      ]),
    },
    "Node",
  );
  const closings: Record<string, string> = { "[": "]", "{": "}" };
  for (const schema of [Tree, Type.Object({ a: Type.Array(Type.Integer()) }), Type.String()]) {
    for (const opening of ["[", '{"a":', '[{"a":', '"[', '{"a":["']) {
      const closing = [...opening].reverse().map((character) => closings[character] ?? "");
      for (const depth of [60, 120, 400, 100_000]) {
        const text = `${opening.repeat(depth)}1${closing.join("").repeat(depth)}`;
        new PartialParser(schema).push(text);
        try {
          parse(text, schema);
        } catch (error) {
          assert.ok(MdlParseError.isInstance(error), `${opening} ${depth}: ${error}`);
        }
      }
    }
  }
});

test("counts characters as the validator does", () => {
  const Short = Type.Object({ a: Type.String({ minLength: 2, maxLength: 3 }) });
  for (const [text, fits] of [
    ["😀", false],
    ["😀😀", true],
    ["😀😀😀", true],
    ["😀😀😀😀", false],
    ["\ud83d\ud83d", true],
    ["a", false],
    ["abcd", false],
  ] as const) {
    const parser = new PartialParser(Short);
    parser.push(JSON.stringify({ a: text }));
    assert.equal(parser.value !== undefined, fits, text);
    assert.equal(Compile(Short).Check({ a: text }), fits, text);
  }
});

test("refuses what a lost model repeats, without looking again and again", () => {
  const Kind = Type.Object({ kind: Type.Enum(["a", "b"]) });
  for (const character of ["!", "'"]) {
    const answer = JSON.stringify({ kind: `a${character.repeat(1_000_000)}a` });
    assert.throws(() => parse(answer, Kind), MdlParseError.isInstance);
  }
});

test("refuses a deep value of a type that holds itself, without all the reasons that each member has", () => {
  const member = (kind: string) => ({
    type: "object",
    properties: { kind: { const: kind }, inner: { $ref: "#/$defs/Node" } },
    required: ["kind", "inner"],
  });
  const Node = {
    $defs: { Node: { anyOf: [member("a"), member("b"), { type: "integer" }] } },
    $ref: "#/$defs/Node",
  };
  const answer = `${'{"kind": "c", "inner": '.repeat(60)}1${"}".repeat(60)}`;
  assert.throws(
    () => parse(answer, Node),
    (error) => MdlParseError.isInstance(error) && error.path.endsWith("/kind"),
  );
});

test("refuses what it repaired, however deep it is within a type that holds itself", () => {
  const Even = Type.Refine(
    Type.Integer(),
    (n) => n % 2 === 0,
    () => "must be even",
  );
  const member = (kind: string) =>
    Type.Object({
      kind: Type.Literal(kind),
      n: Type.Optional(Even),
      inner: Type.Optional(Type.Ref("Node")),
    });
  const Node = Type.Cyclic({ Node: Type.Union(["a", "b", "c"].map(member)) }, "Node");
  for (const depth of [1, 60]) {
    const answer = `${'{kind: "c", inner: '.repeat(depth)}{kind: "c", n: 1}${"}".repeat(depth)}`;
    assert.throws(
      () => parse(answer, Node),
      (error) => MdlParseError.isInstance(error) && error.path.startsWith("/inner/"),
    );
  }
});
