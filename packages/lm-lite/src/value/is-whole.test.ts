import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MdlParseError, parse } from "@conduit/mdl";
import type { Schema } from "@conduit/types";
import { Type } from "typebox";
import { isWhole } from "./is-whole.ts";

const Note = Type.Object({ a: Type.String(), n: Type.Optional(Type.Integer()) });
const Notes = Type.Array(Note);

describe("a value that came to its end", () => {
  const whole: readonly (readonly [string, Schema])[] = [
    ['{"a":"x"}', Note],
    ['{"a":"x"} and so on', Note],
    ['```json\n{"a":"x"}\n', Note],
    ["{'a': 'x'} and so on", Note],
    ['[{"a":"x"},{"a":"y"}]', Notes],
    ["[]", Notes],
    ['"abc"', Type.String()],
    ["true", Type.Boolean()],
    ["null", Type.Union([Type.String(), Type.Null()])],
  ];
  for (const [text, schema] of whole) test(text, () => assert.ok(isWhole(parse(text, schema))));
});

describe("a value that may have gone on", () => {
  const cut: readonly (readonly [string, Schema])[] = [
    ['{"a":"x"', Note],
    ['[{"a":"x"}', Notes],
    // The first of several lines, all but the last of them, and the last without its end.
    ['{"a":"x"}', Notes],
    ['{"a":"x"}\n{"a":"y"}', Notes],
    ['{"a":"x"}\n{"a":"y"', Notes],
    ["12", Type.Integer()],
    ["abc", Type.String()],
  ];
  for (const [text, schema] of cut) test(text, () => assert.ok(!isWhole(parse(text, schema))));
});

test("no beginning of an answer is taken for the whole of it", () => {
  const answers: readonly (readonly [string, Schema])[] = [
    ['{"a": "x } y", "n": 12}', Note],
    ["Sure:\n```json\n{a: 'x', n: '12',}", Note],
    ['[{"a":"x"}, {"a":"y","n":1}]', Notes],
    ['{"notes": [[{"a":"x"}], []], "by": {"a":"me"}}', Type.Object({ notes: Type.Array(Notes), by: Note })],
    ["-12.5", Type.Number()],
    ['"abc"', Type.String()],
  ];
  for (const [text, schema] of answers) {
    for (let length = 0; length < text.length; length++) {
      const beginning = text.slice(0, length);
      try {
        assert.ok(!isWhole(parse(beginning, schema)), beginning);
      } catch (error) {
        if (!MdlParseError.isInstance(error)) throw error;
      }
    }
  }
});
