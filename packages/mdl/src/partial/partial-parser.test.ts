import assert from "node:assert/strict";
import { test } from "node:test";
import { type Static, type TSchema, Type } from "typebox";
import { Alignment } from "../align/alignment.ts";
import { parse } from "../parse.ts";
import { parseMdl } from "../parse-mdl.ts";
import { parsePartial } from "../parse-partial.ts";
import { TextCursor } from "../read/text-cursor.ts";
import type { ListShape, ObjectShape, Shape } from "../shape/shape.ts";
import { shapeOf } from "../shape/shape-of.ts";
import { pieces, Replay } from "../testing/replay.ts";
import type { PartialDelta } from "./partial-delta.ts";
import { PartialParser } from "./partial-parser.ts";

/** Deltas in short: `=` set, `+` append, `-` remove. */
function deltasOf(schema: TSchema, ...pushes: readonly string[]): readonly string[] {
  const parser = new PartialParser(schema);
  const replay = new Replay();
  return pushes.flatMap((push) => {
    const deltas = parser.push(push);
    replay.apply(deltas);
    assert.deepEqual(replay.value, parser.value);
    return deltas.map(short);
  });
}

function short(delta: PartialDelta): string {
  if (delta.op === "remove") return `-${delta.path}`;
  if (delta.op === "append") return `+${delta.path} ${delta.text}`;
  return `=${delta.path} ${JSON.stringify(delta.value)}`;
}

const Report = Type.Object({
  title: Type.String(),
  count: Type.Integer({ minimum: 0 }),
  items: Type.Array(Type.Object({ id: Type.Integer(), text: Type.String({ maxLength: 3 }) })),
});

test("tells what changes with every push, and keeps one value", () => {
  const parser = new PartialParser(Report);
  const value = () => parser.value;
  assert.equal(value(), undefined);
  assert.deepEqual(parser.push('Sure: {"title": "He').map(short), ["= {}", '=/title "He"']);
  const first = value();
  assert.deepEqual(parser.push("llo").map(short), ["+/title llo"]);
  assert.deepEqual(parser.push('"').map(short), []);
  assert.deepEqual(parser.push(', "count": 1').map(short), []);
  assert.deepEqual(parser.push('2, "items": [{"id": 1,').map(short), [
    "=/count 12",
    "=/items []",
    "=/items/0 {}",
    "=/items/0/id 1",
  ]);
  const items = value()?.items;
  assert.deepEqual(parser.push(' "text": "a"}, {"id": 2, "text": "b"}').map(short), [
    '=/items/0/text "a"',
    '=/items/1 {"id":2,"text":"b"}',
  ]);
  assert.deepEqual(parser.push("]} Bye {}").map(short), []);
  const whole: Static<typeof Report> = {
    title: "Hello",
    count: 12,
    items: [
      { id: 1, text: "a" },
      { id: 2, text: "b" },
    ],
  };
  assert.deepEqual(parser.value, whole);
  assert.equal(value(), first);
  assert.equal(value()?.items, items);
});

test("shows each of the first items as what it may be, also where several types say so", () => {
  const pair = (last: string) => ({
    allOf: [
      { type: "array", prefixItems: [{ type: "integer" }, { type: last }], items: false },
      { type: "array", minItems: 2 },
    ],
  });
  for (const schema of [pair("string"), { anyOf: [pair("boolean"), pair("string")] }]) {
    assert.deepEqual(parsePartial('[1, "te', schema), [1, "te"]);
  }
});

test("takes back what turns out not to fit", () => {
  assert.deepEqual(deltasOf(Report, '{"count": -1, ', '"title": "a'), ["= {}", '=/title "a"']);
  assert.deepEqual(deltasOf(Report, '{"items": [{"id": 1, "text": "abcd', '"}, {"id": 2'), [
    "= {}",
    "=/items []",
    "=/items/0 {}",
    "=/items/0/id 1",
    '=/items/0/text "abcd"',
    "-/items/0/text",
    "-/items/0",
  ]);
  assert.deepEqual(deltasOf(Report, "See {the", " list}: "), ["= {}", "-"]);
  // Keys are missing.
  assert.deepEqual(deltasOf(Report, '{"title": "a"', "}"), ["= {}", '=/title "a"', "-"]);
});

test("grows after what is not shown", () => {
  assert.deepEqual(deltasOf(Report, '{"title": ["no', ' text"], "items": [{"id": 1', ', "text": "a'), [
    "= {}",
    "=/items []",
    "=/items/0 {}",
    "=/items/0/id 1",
    '=/items/0/text "a"',
  ]);
  assert.deepEqual(deltasOf(Report, "A [list] {as asked}: ", '{"title": "a', "b"), [
    "= {}",
    '=/title "a"',
    "+/title b",
  ]);
});

test("takes the last of several parts under one key", () => {
  assert.deepEqual(
    deltasOf(Report, '{"count": 1, "title": "a', '", "count": 2, ', '"count": null, "title"'),
    ["= {}", "=/count 1", '=/title "a"', "=/count 2", '= {"title":"a"}'],
  );
});

test("begins anew where reasoning ends", () => {
  const Title = Type.Object({ title: Type.String() });
  assert.deepEqual(deltasOf(Title, '{"title": "draft"} ', "</think>", '{"title": "b'), [
    '= {"title":"draft"}',
    "-",
    "= {}",
    '=/title "b"',
  ]);
  assert.deepEqual(deltasOf(Title, '<think>{"title": "draft"} ', '</think>{"title": "</think>'), [
    "= {}",
    '=/title "</think>"',
  ]);
});

test("follows the member of a union that is left", () => {
  const Result = Type.Object({
    r: Type.Union([
      Type.Object({ n: Type.Integer(), kind: Type.Literal("count") }),
      Type.Object({ n: Type.String(), kind: Type.Literal("name") }),
    ]),
  });
  assert.deepEqual(deltasOf(Result, '{"r": {"n": "12", ', '"kind": "name",', '"x": 1}}'), [
    "= {}",
    "=/r {}",
    '=/r/n "12"',
    '=/r/kind "name"',
    "=/r/x 1",
  ]);
  const Tagged = Type.Union([
    Type.Object({ a: Type.String(), kind: Type.Literal("x") }),
    Type.Object({ a: Type.String(), kind: Type.Literal("y") }),
  ]);
  assert.deepEqual(deltasOf(Tagged, '{"a": "b", ', '"kind": "y", '), ["= {}", '=/a "b"', '=/kind "y"']);
  assert.deepEqual(deltasOf(Result, '{"r": {"n": "12", ', '"kind": "count"}}'), [
    "= {}",
    "=/r {}",
    '=/r/n "12"',
    "=/r/n 12",
    '=/r/kind "count"',
  ]);
});

test("follows what a literal leaves of a union each time alike, also where it leaves several", () => {
  const move = { type: Type.Literal("move") };
  const Steps = Type.Array(
    Type.Union([
      Type.Object({ ...move, x: Type.Integer() }),
      Type.Object({ ...move, place: Type.String(), exact: Type.Literal("yes") }),
      Type.Object({ type: Type.Literal("say"), text: Type.String() }),
    ]),
  );
  const steps = [
    { type: "move", x: 1 },
    { type: "move", place: "a", exact: "yes" },
    { type: "say", text: "b" },
    { type: "Say", text: "c" },
    { text: "d", type: "say" },
    { x: "2", type: "move" },
  ];
  // What was met once is known the next time.
  const text = JSON.stringify([...steps, ...steps, ...steps]);
  const parser = new PartialParser(Steps);
  for (const character of text) parser.push(character);
  assert.deepEqual(parser.value, parse(text, Steps).value);
});

test("converts what is whole as parse does", () => {
  const List = Type.Object({ l: Type.Array(Type.Integer()), e: Type.Enum(["In progress"]) });
  assert.deepEqual(deltasOf(List, '{"l": "1,200", "e": "IN_PROGRESS"', "}"), [
    "= {}",
    "=/l [1200]",
    '=/e "In progress"',
  ]);
});

test("takes JSON lines for the items of a list", () => {
  const Lines = Type.Array(Type.Object({ a: Type.Integer() }));
  assert.deepEqual(deltasOf(Lines, '{"a": 1}\n{"a"', ": 2}\n{}\n", '{"a": 3}'), [
    '= [{"a":1}]',
    '=/1 {"a":2}',
    '=/2 {"a":3}',
  ]);
  assert.deepEqual(deltasOf(Lines, '{"a": 1}\n', "[", '{"a": 2}]'), ['= [{"a":1}]', '= [{"a":2}]']);
});

/** How many times the kind of `shape` is asked while `text` comes in pieces. */
function countAlignments(schema: TSchema, shape: Shape, text: string): number {
  const { kind } = shape;
  let count = 0;
  Object.defineProperty(shape, "kind", {
    configurable: true,
    get() {
      count += 1;
      return kind;
    },
  });
  const parser = new PartialParser(schema);
  for (const piece of pieces(text, [7])) parser.push(piece);
  Object.defineProperty(shape, "kind", { value: kind });
  return count;
}

test("aligns no part again and again, however long or deep its value is", () => {
  const Long = Type.Object({ list: Type.Array(Type.Array(Type.Integer())) });
  const long = (length: number) => JSON.stringify({ list: Array.from({ length }, (_, index) => [index]) });
  const list = (shapeOf(Long).root as ObjectShape).fields[0]?.shape as ListShape;
  const item = (list.rest as ListShape).rest;
  const perItem = countAlignments(Long, item, long(100)) / 100;
  assert.ok(countAlignments(Long, item, long(2000)) / 2000 < perItem + 1);

  const Deep = Type.Cyclic(
    { Node: Type.Object({ value: Type.Integer(), next: Type.Optional(Type.Ref("Node")) }) },
    "Node",
  );
  const deep = (depth: number, value: unknown): string =>
    depth === 0 ? `{"value": ${value}}` : `{"value": ${depth}, "next": ${deep(depth - 1, value)}}`;
  const node = shapeOf(Deep).root;
  const value = (node as ObjectShape).fields[0]?.shape as Shape;
  for (const last of [1, '"1"', '"none"']) {
    const perLevel = countAlignments(Deep, value, deep(25, last)) / 25;
    assert.ok(countAlignments(Deep, value, deep(125, last)) / 125 < perLevel + 1, `${last}`);
  }
});

test("shows nothing of what does not fit in a value that was asked for before", () => {
  const parser = new PartialParser(Type.Object({ title: Type.String(), list: Type.Array(Type.Integer()) }));
  parser.push('{"title": "a", "list": [1, 2');
  const before = parser.value;
  const list = parser.value?.list;
  parser.push(', 3, "x"');
  parser.push('], "count": 1, "title": ["b"], "more');
  assert.equal(parser.value, before);
  assert.deepEqual(before, { count: 1 });
  assert.deepEqual(list, [1, 2, 3]);
});

test("goes through a value once for each level, however many types it may have", () => {
  const Link = Type.Cyclic(
    {
      Link: Type.Object({
        next: Type.Optional(
          Type.Union([
            Type.Intersect([Type.Ref("Link"), Type.Object({ kind: Type.Literal(1) })]),
            Type.Intersect([Type.Ref("Link"), Type.Object({ kind: Type.Literal(2) })]),
          ]),
        ),
      }),
    },
    "Link",
  );
  const Chain = parseMdl(
    "Link = Union[Dict{next?: Link, kind: Literal[1]}, Dict{next?: Link, kind: Literal[2]}]\nfirst: Link",
  );
  const deep = (depth: number, kind: number): string =>
    depth === 0 ? `{"kind": ${kind}}` : `{"next": ${deep(depth - 1, kind)}, "kind": ${kind}}`;
  // Twice as long for each level would be without end.
  for (const [schema, text] of [
    [Chain, `{"first": ${deep(60, 2)}}`],
    [Chain, `{"first": ${deep(60, 3)}}`],
    [Link, deep(60, 2)],
  ] as const) {
    const parser = new PartialParser(schema);
    parser.push(text.slice(0, 10));
    parser.push(text.slice(10));
    const whole = new PartialParser(schema);
    for (const piece of pieces(text, [7])) whole.push(piece);
    assert.deepEqual(parser.value, whole.value);
    assert.equal(parser.value === undefined, text.includes("3"));
  }
});

test("remembers what it aligned no longer than it may need it", () => {
  const { forget } = Alignment.prototype;
  let most = 0;
  Alignment.prototype.forget = function (this: Alignment) {
    most = Math.max(most, this.knownCount);
    forget.call(this);
  };
  try {
    const Item = Type.Union([
      Type.Object({ kind: Type.Literal("a"), n: Type.Integer() }),
      Type.Object({ kind: Type.Literal("b"), n: Type.String() }),
    ]);
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, n) => ({ kind: "a", n: String(n) })));
    const parser = new PartialParser(Type.Array(Item));
    parser.push("Here [is] {it}: ");
    for (let offset = 0; offset < text.length; offset += 16) parser.push(text.slice(offset, offset + 16));
    assert.equal(parser.value?.length, 5000);
  } finally {
    Alignment.prototype.forget = forget;
  }
  assert.ok(most > 0 && most < 2000, `${most}`);
});

test("tells little of a list whose items take turns in what they fit", () => {
  const Turns = Type.Union([Type.Array(Type.Integer()), Type.Array(Type.String())]);
  const text = JSON.stringify(Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? 1 : "1")));
  const parser = new PartialParser(Turns);
  let length = 0;
  for (const piece of pieces(text, [1])) length += JSON.stringify(parser.push(piece)).length;
  assert.ok(length < 60 * text.length, `${length} characters for ${text.length}`);
});

test("keeps no text that it has read, whatever it is", () => {
  const push = TextCursor.prototype.push;
  let longest = 0;
  TextCursor.prototype.push = function (this: TextCursor, text) {
    longest = Math.max(longest, this.text.length - this.offset);
    push.call(this, text);
  };
  try {
    const runs = [
      " ",
      "\n",
      "x",
      "1",
      "\\",
      "\\u00",
      '"',
      "'",
      "`",
      "<",
      "</thin",
      "/",
      "*",
      "// x",
      "/* ",
      "#",
      "[",
      "{",
      ",",
      ":",
      "😀",
    ];
    for (const start of [
      "",
      "[",
      '{"a',
      '{"a"',
      '{"a": ',
      '{"a": "b',
      '{"a": "b"',
      "{a",
      "/* ",
      "<think>",
      "```",
    ]) {
      for (const run of runs) {
        const parser = new PartialParser(Type.Object({ a: Type.String() }));
        parser.push(start);
        for (const piece of pieces(run.repeat(500), [5, 3])) parser.push(piece);
      }
    }
  } finally {
    TextCursor.prototype.push = push;
  }
  assert.ok(longest <= 24, `${longest}`);
});

test("tells of long text and lists in deltas no longer than they are", () => {
  const Any = Type.Object({ text: Type.String(), list: Type.Array(Type.Array(Type.Array(Type.Integer()))) });
  const value = {
    text: "lorem ipsum ".repeat(2000),
    list: Array.from({ length: 200 }, (_, a) => Array.from({ length: 10 }, (_, b) => [a, b])),
  };
  const text = JSON.stringify(value);
  const parser = new PartialParser(Any);
  let length = 0;
  for (let offset = 0; offset < text.length; offset += 16) {
    for (const delta of parser.push(text.slice(offset, offset + 16))) length += JSON.stringify(delta).length;
  }
  assert.deepEqual(parser.value, value);
  assert.ok(length < 8 * text.length, `${length} characters for ${text.length}`);
});
