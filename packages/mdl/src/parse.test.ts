import assert from "node:assert/strict";
import { test } from "node:test";
import { type Static, Type } from "typebox";
import { MdlParseError, parse, type Repair } from "./index.ts";
import { outcomeOf } from "./testing/outcome.ts";

const Files = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      bytes: Type.Integer({ minimum: 0 }),
      kind: Type.Enum(["file", "directory"]),
      owner: Type.Optional(Type.String()),
      link: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});

const files: Static<typeof Files> = {
  files: [
    { name: "a.txt", bytes: 12, kind: "file", owner: "root", link: null },
    { name: "it's", bytes: 0, kind: "directory", link: "/tmp" },
  ],
};
const json = JSON.stringify(files);
const indented = JSON.stringify(files, null, 2);

test("takes JSON as it is, typed", () => {
  const parsed = parse(json, Files);
  const value: Static<typeof Files> = parsed.value;
  assert.deepEqual(value, files);
  assert.deepEqual(parsed.repairs, []);
  assert.deepEqual(parse(`\n ${indented}\n`, Files).repairs, []);
});

const setAside: Repair = { kind: "text", path: "", message: "set aside the text around the value" };

test("sets aside reasoning, prose and fences", () => {
  const answers = [
    `<think>It could be {"files": []}.</think>\n${json}`,
    `Reasoning without a start: {"files": "none"}</think>${json}`,
    `\`\`\`json\n${indented}\n\`\`\``,
    `\`\`\`\n${json}\`\`\``,
    `Here is [the result] {as asked}: ${json}`,
    `Sure! It's done.\n\n\`\`\`json\n${indented}\n\`\`\`\n\nAnything else?`,
    `As [1] says:\n${json}\nHope that helps :-}`,
    `${json}\n${JSON.stringify({ files: [] })}`,
    `<think>x</think>The answer:\n\n${indented}`,
  ];
  for (const answer of answers) {
    assert.deepEqual(outcomeOf(answer, Files), { value: files, repairs: [setAside] }, answer);
  }
});

test("repairs the notation and says how", () => {
  const answer = `\`\`\`json
{
  files: [
    // the first
    {'name': 'a.txt', "bytes": 12, "kind": "file", "owner": "root", "link": None,},
    {"name": "it's", "bytes": 0, "kind": "directory", "link": "/tmp"}
  ]
\`\`\``;
  const syntax = (path: string, message: string): Repair => ({ kind: "syntax", path, message });
  assert.deepEqual(outcomeOf(answer, Files), {
    value: files,
    repairs: [
      setAside,
      syntax("/files", "accepted a key without quotes"),
      syntax("/files", "removed a comment"),
      syntax("/files/0/name", "accepted quotes other than double quotes"),
      syntax("/files/0/name", "accepted quotes other than double quotes"),
      syntax("/files/0/link", "read None as null"),
      syntax("/files/0", "removed a trailing comma"),
      { kind: "brackets", path: "", message: "added the missing closing brackets" },
    ],
  });
});

test("turns a null on a key that may be absent but not null into absence", () => {
  const answer = JSON.stringify({ files: [{ ...files.files[0], owner: null }] });
  const { owner: _, ...expected } = files.files[0] ?? assert.fail();
  assert.deepEqual(outcomeOf(answer, Files), {
    value: { files: [expected] },
    repairs: [{ kind: "null", path: "/files/0/owner", message: "dropped a null: the key may be left out" }],
  });
});

/** Values that fit after a conversion. */
const conversions: readonly (readonly [
  schema: Type.TSchema,
  answer: unknown,
  value: unknown,
  ...Repair[],
])[] = [
  [Type.Integer(), "12", 12, { kind: "number", path: "/v", message: 'read "12" as 12' }],
  [Type.Number(), " -1.5e3 ", -1500, { kind: "number", path: "/v", message: 'read " -1.5e3 " as -1500' }],
  [Type.String(), 12, "12", { kind: "string", path: "/v", message: 'read 12 as "12"' }],
  [Type.Boolean(), "True", true, { kind: "boolean", path: "/v", message: 'read "True" as true' }],
  [Type.Boolean(), "false", false, { kind: "boolean", path: "/v", message: 'read "false" as false' }],
  [
    Type.Enum(["Red", "Blue"]),
    "red ",
    "Red",
    { kind: "literal", path: "/v", message: 'read "red " as "Red"' },
  ],
  [Type.Enum(["a", 3]), "3", 3, { kind: "literal", path: "/v", message: 'read "3" as 3' }],
  [Type.Array(Type.String()), "a", ["a"], { kind: "list", path: "/v", message: 'read "a" as a list of one' }],
  [
    Type.Array(Type.Integer()),
    "1",
    [1],
    { kind: "list", path: "/v", message: 'read "1" as a list of one' },
    { kind: "number", path: "/v/0", message: 'read "1" as 1' },
  ],
  [
    Type.Object({ a: Type.Integer() }, { additionalProperties: false }),
    { a: 1, b: 2 },
    { a: 1 },
    { kind: "key", path: "/v/b", message: "dropped a key that the type does not have" },
  ],
  [
    Type.Record(Type.String(), Type.Tuple([Type.Integer(), Type.String()])),
    { k: ["1", "x"] },
    { k: [1, "x"] },
    { kind: "number", path: "/v/k/0", message: 'read "1" as 1' },
  ],
  [Type.Union([Type.String(), Type.Integer()]), "12", "12"],
  [Type.Union([Type.Integer(), Type.String()]), "12", "12"],
  [
    Type.Union([Type.Integer(), Type.Null()]),
    "12",
    12,
    { kind: "number", path: "/v", message: 'read "12" as 12' },
  ],
  [
    Type.Union([
      Type.Object({ a: Type.Integer(), b: Type.Integer() }),
      Type.Object({ a: Type.String(), b: Type.Integer() }),
    ]),
    { a: "1", b: "2" },
    { a: "1", b: 2 },
    { kind: "number", path: "/v/b", message: 'read "2" as 2' },
  ],
  [Type.Object({ a: Type.Integer() }), { a: 1, b: 2 }, { a: 1, b: 2 }],
];

test("converts what fits after a conversion, with as few as will do", () => {
  for (const [schema, answer, value, ...repairs] of conversions) {
    const Wrapped = Type.Object({ v: schema });
    assert.deepEqual(outcomeOf(JSON.stringify({ v: answer }), Wrapped), { value: { v: value }, repairs });
  }
});

test("never changes what it was given to align", () => {
  const Open = Type.Object({ list: Type.Array(Type.Union([Type.Integer(), Type.Null()])) });
  assert.deepEqual(outcomeOf('{"list": [1, "2", null], "__proto__": {"x": 1}}', Open), {
    value: JSON.parse('{"list": [1, 2, null], "__proto__": {"x": 1}}'),
    repairs: [{ kind: "number", path: "/list/1", message: 'read "2" as 2' }],
  });
});

test("takes a bare answer where text, a number or a literal was asked", () => {
  const unquoted: Repair = { kind: "syntax", path: "", message: "accepted text without quotes" };
  assert.deepEqual(outcomeOf("Hello {there}, it's me", Type.String()), {
    value: "Hello {there}, it's me",
    repairs: [unquoted],
  });
  assert.deepEqual(outcomeOf('"quoted"', Type.String()), { value: "quoted", repairs: [] });
  assert.deepEqual(outcomeOf("Yes", Type.Enum(["yes", "no"])), {
    value: "yes",
    repairs: [unquoted, { kind: "literal", path: "", message: 'read "Yes" as "yes"' }],
  });
  assert.deepEqual(outcomeOf("```\n42\n```", Type.Integer()), { value: 42, repairs: [setAside] });
});

test("takes JSON lines for a list, and the one of several values that fits for anything else", () => {
  const Points = Type.Array(Type.Object({ x: Type.Integer() }));
  assert.deepEqual(outcomeOf('Two:\n{"x": 1}\n{"x": "2"}', Points), {
    value: [{ x: 1 }, { x: 2 }],
    repairs: [
      setAside,
      { kind: "list", path: "", message: "read 2 values as a list" },
      { kind: "number", path: "/1/x", message: 'read "2" as 2' },
    ],
  });
  // No line is lost without a word.
  assert.throws(() => parse('{"x": 1}\n{"y": 0}\n{"x": 2}', Points), { path: "/1/x" });
  assert.throws(() => parse('[{"e": true}]\n[null, 28, 3]', Type.Array(Type.Integer())), { path: "/0" });
  assert.deepEqual(outcomeOf('{"x": 1} or [{"x": 2}]', Points), { value: [{ x: 2 }], repairs: [setAside] });
  const Point = Type.Object({ x: Type.Integer({ minimum: 5 }) });
  assert.deepEqual(outcomeOf('{"x": 1}\n{"x": 7}', Point), { value: { x: 7 }, repairs: [setAside] });
});

test("keeps in a value what ends reasoning elsewhere, and looks behind a string that reasoning left open", () => {
  const Note = Type.Object({ text: Type.String() });
  const text = "a </think> b";
  assert.deepEqual(outcomeOf(JSON.stringify({ text }), Note), { value: { text }, repairs: [] });
  assert.deepEqual(outcomeOf(`{"text": "no </think>${JSON.stringify({ text: "yes" })}`, Note), {
    value: { text: "yes" },
    repairs: [setAside],
  });
});

test("takes of several values the one that needs the least, and an empty one last", () => {
  const Note = Type.Object({ text: Type.Optional(Type.String()) }, { additionalProperties: false });
  assert.deepEqual(outcomeOf('Use {} here. {"text":"v"}', Note), {
    value: { text: "v" },
    repairs: [setAside],
  });
  assert.deepEqual(outcomeOf('Config: {"debug":true}. Final: {"text":"v"}', Note).value, { text: "v" });
  assert.deepEqual(outcomeOf('{"text":"a"} or {"text":"b"}', Note).value, { text: "a" });
});

test("takes no text that begins with a quote for one without", () => {
  for (const [text, schema] of [
    ['"a"', Type.String({ minLength: 3 })],
    ['"abc', Type.String()],
    ['"a"', Type.String({ pattern: "^.a.$" })],
  ] as const) {
    assert.throws(() => parse(text, schema), MdlParseError);
  }
});

test("makes no text of a number whose digits are lost", () => {
  assert.deepEqual(outcomeOf("[12345]", Type.Array(Type.String())).value, ["12345"]);
  assert.throws(() => parse("[12345678901234567890]", Type.Array(Type.String())), { path: "/0" });
});
