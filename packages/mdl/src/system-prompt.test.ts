import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, Schema } from "@conduit/types";
import { Type } from "typebox";
import { parseMdl, systemPrompt } from "./index.ts";

const Files = Type.Object({
  files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), dateModified: Type.String() })),
});

test("tells the shapes of data and answer, then the guidance", () => {
  assert.equal(
    systemPrompt({
      input: Type.Object({ listing: Type.String() }),
      output: Files,
      guidance: "Leave out directories.",
    }),
    `The user message is one JSON object of this type:
listing: str

Answer with one JSON object of this type and nothing else:
files: List[Dict{name: str, bytes: int, dateModified: str}]

Leave out directories.`,
  );
});

test("says nothing of data that there is none of", () => {
  const expected = `Answer with one JSON object of this type and nothing else:
files: List[Dict{name: str, bytes: int, dateModified: str}]`;
  assert.equal(systemPrompt({ output: Files }), expected);
  assert.equal(systemPrompt({ input: Type.Object({}), output: Files, guidance: "" }), expected);
  assert.match(systemPrompt({ input: { type: "object", required: ["a"] }, output: Files }), /\nDict\{a\}\n/);
});

test("explains the marks that are in use", () => {
  const Maybe = Type.Object({
    a: Type.Optional(Type.Integer()),
    b: Type.Array(Type.Union([Type.Integer(), Type.Null()])),
  });
  assert.equal(
    systemPrompt({ input: Maybe, output: Type.Array(Type.String()) }),
    `The user message is one JSON object of this type:
a?: int
b: List[Optional[int]]

Answer with one JSON value of this type and nothing else:
List[str]

A key marked ? may be left out. An Optional value may be null.`,
  );
});

/** What is said after the types. */
function legendOf(output: Schema): string {
  return systemPrompt({ output }).split("\n\n")[1] ?? "";
}

test("explains each mark, and no other", () => {
  const cases: Readonly<Record<string, string>> = {
    "a: Dict{|b: int|}": "{| |}, or a last !, means no other keys.",
    "a: int\n!": "{| |}, or a last !, means no other keys.",
    "a: Dict{b}": "A key without a type takes any value.",
    "a: int\n/^x/: str": "/.../: stands for keys that match.",
    "a: int\n*: str": "*: stands for all other keys.",
    "a: str 1..9": "1..9 bounds a number or a length, inclusively.",
    "a: int >0": "",
    "a: Tuple[int, str]": "",
    "a: Dict[str, int]": "",
    "a: float? >0": "A type marked ? takes values of other types too.",
    "a: str /a/ & str /b/": "A & B must fit both.",
    "a: OneOf[int, float]": "OneOf must fit exactly one.",
    "a: List[Root]": "Root is the whole type.",
    "a: Literal[a b c d e f]": "Words in Literal are strings.",
    "a: Literal[a b] = a # First": "Words in Literal are strings.",
    'a: Literal["a"] = a # First': "",
    "P = Dict{c?: int}\na: P\nb: P": "A key marked ? may be left out.",
  };
  for (const [text, legend] of Object.entries(cases)) assert.equal(legendOf(parseMdl(text)), legend, text);
});

test("prints a definition that data and answer share once", () => {
  const shared = parseMdl("P = Dict{x: int}\na: P\nb: P");
  const other = parseMdl("P = Dict{y: int}\na: P\nb: P");
  const definitions = (input: JsonObject, output: JsonObject) =>
    systemPrompt({ input, output })
      .split("\n")
      .filter((line) => line.startsWith("P = "));
  assert.deepEqual(definitions(shared, { ...shared }), ["P = Dict{x: int}"]);
  assert.deepEqual(definitions(shared, other), ["P = Dict{x: int}", "P = Dict{y: int}"]);
});

test("names what data and answer repeat, each for itself", () => {
  const states = parseMdl("a: Literal[queued running done]\nb: Literal[queued running done]");
  const prompt = systemPrompt({ input: states, output: states });
  assert.equal(
    prompt,
    `The user message is one JSON object of this type:
A = Literal[queued running done]
a: A
b: A

Answer with one JSON object of this type and nothing else:
a: A
b: A

Words in Literal are strings.`,
  );
});
