import assert from "node:assert/strict";
import { test } from "node:test";
import { type Static, Type } from "typebox";
import { parsePartial } from "./index.ts";

const Report = Type.Object({
  title: Type.String(),
  count: Type.Integer(),
  mood: Type.Enum(["good", "bad"]),
  note: Type.Optional(Type.String()),
  items: Type.Array(Type.Object({ id: Type.Integer(), text: Type.String() })),
  scores: Type.Record(Type.String(), Type.Number()),
  result: Type.Union([
    Type.Object({ ok: Type.Literal(true), value: Type.String() }),
    Type.Object({ ok: Type.Literal(false), reason: Type.String() }),
  ]),
});

/** Growing answers, and what can be told of them. */
const prefixes: readonly (readonly [text: string, value: unknown])[] = [
  ["", undefined],
  ["<think>maybe {", undefined],
  ["Here is", undefined],
  ["```json\n{", {}],
  ['{"title', {}],
  ['{"title": "Hel', { title: "Hel" }],
  ['{"title": "Hello", "count": 1', { title: "Hello" }],
  ['{"title": "Hello", "count": 12,', { title: "Hello", count: 12 }],
  ['{"count": "12", "mood": "go', { count: 12 }],
  ['{"mood": "good"', {}],
  ['{"mood": "good",', { mood: "good" }],
  ['{"note": null, "items": [', { items: [] }],
  ['{"items": [{"id": 1, "text": "a"}, {"id": 2', { items: [{ id: 1, text: "a" }, {}] }],
  [
    '{"items": [{"id": 1, "text": "a"}, {"id": 2, "text": "b',
    {
      items: [
        { id: 1, text: "a" },
        { id: 2, text: "b" },
      ],
    },
  ],
  ['{"items": ["no object", {"id": 2', { items: [] }],
  ['{"scores": {"a": 0.5, "b": 0.', { scores: { a: 0.5 } }],
  ['{"unknown": 1, "title": "T', { unknown: 1, title: "T" }],
  ['{"result": {"ok": true, "value": "x', { result: { ok: true, value: "x" } }],
  ['{"result": {"ok": false, "value": "x', { result: { ok: false, value: "x" } }],
  ['{"result": {"ok": false, "reason": "x', { result: { ok: false, reason: "x" } }],
];

for (const [text, value] of prefixes) {
  test(`tells of ${JSON.stringify(text)} what is there`, () => {
    assert.deepEqual(parsePartial(text, Report), value);
  });
}

test("grows with every prefix, and never takes back what is finished", () => {
  const report: Static<typeof Report> = {
    title: 'A "quoted" title, with \\ and 😀',
    count: 120,
    mood: "bad",
    items: [
      { id: 10, text: "one" },
      { id: 20, text: "it's" },
    ],
    scores: { a: -0.5, b: 1e3 },
    result: { ok: false, reason: "none" },
  };
  const answer = JSON.stringify(report);
  let before: unknown;
  for (let length = 1; length <= answer.length; length += 1) {
    const value = parsePartial(answer.slice(0, length), Report);
    assertWithin(value, report);
    assertWithin(before ?? {}, value);
    before = value;
  }
  assert.deepEqual(before, report);
});

/** Asserts that `part` says nothing that `whole` does not say: its text may be the start of the whole's. */
function assertWithin(part: unknown, whole: unknown): void {
  if (typeof part === "string" && typeof whole === "string") {
    assert.ok(whole.startsWith(part), `${part} is no start of ${whole}`);
  } else if (typeof part === "object" && part !== null) {
    assert.ok(typeof whole === "object" && whole !== null);
    for (const [key, value] of Object.entries(part))
      assertWithin(value, Object.entries(whole).find(([name]) => name === key)?.[1]);
  } else {
    assert.equal(part, whole);
  }
}
