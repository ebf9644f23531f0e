import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { systemPrompt } from "./index.ts";

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
