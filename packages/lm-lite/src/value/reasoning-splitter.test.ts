import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasoningSplitter } from "./reasoning-splitter.ts";

interface Case {
  readonly text: string;
  readonly reasoning: string;
  readonly answer: string;
  /** What a reader of the answer sees, where it is not the answer. */
  readonly seen?: string;
}

const cases: readonly Case[] = [
  { text: '{"a":1}', reasoning: "", answer: '{"a":1}' },
  { text: "", reasoning: "", answer: "" },
  { text: " \n", reasoning: "", answer: " \n" },
  { text: "<thin", reasoning: "", answer: "<thin" },
  { text: "<th>x</th> 1", reasoning: "", answer: "<th>x</th> 1" },
  { text: '\n<think>\nhm \n hm\n</think>\n\n{"a":1}', reasoning: "hm \n hm", answer: '{"a":1}' },
  { text: "<think></think>1", reasoning: "", answer: "1" },
  { text: "<think> \n ", reasoning: "", answer: "" },
  { text: "<think>a </think", reasoning: "a </think", answer: "" },
  { text: "<think>a </b> </thin c", reasoning: "a </b> </thin c", answer: "" },
  { text: "<think>a < b <</think>{}", reasoning: "a < b <", answer: "{}" },
  { text: '<think>x</think>{"a":"</think>"}', reasoning: "x", answer: '{"a":"</think>"}' },
  { text: ' Well…\n</think>{"a":1}', reasoning: "Well…", answer: '{"a":1}', seen: ' Well…\n</think>{"a":1}' },
  { text: "Here: 1", reasoning: "", answer: "Here: 1" },
  { text: '{"tag":"</think>"}', reasoning: "", answer: '{"tag":"</think>"}' },
  { text: '```json\n"</think>"\n```', reasoning: "", answer: '```json\n"</think>"\n```' },
];

for (const { text, reasoning, answer, seen = answer } of cases) {
  test(`splits ${JSON.stringify(text)}, in chunks of any length`, () => {
    for (let length = 1; length <= Math.max(1, text.length); length += 1) {
      const splitter = new ReasoningSplitter();
      const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
        splitter.push(text.slice(index * length, (index + 1) * length)),
      );
      pieces.push(splitter.end());
      assert.deepEqual(
        {
          reasoning: pieces.map((piece) => piece.reasoning).join(""),
          seen: pieces.map((piece) => piece.answer).join(""),
          answer: splitter.answer,
        },
        { reasoning, seen, answer },
      );
    }
  });
}

test("gives reasoning as it comes, but for what may be the tag that ends it", () => {
  const splitter = new ReasoningSplitter();
  assert.equal(splitter.push("<think>a").reasoning, "a");
  assert.equal(splitter.push("b</th").reasoning, "b");
  assert.equal(splitter.push("e").reasoning, "</the");
});
