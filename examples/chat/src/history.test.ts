import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "./history.ts";

const contents = (history: History) => history.messagesFor("next").map(({ content }) => content);

test("what was said is told again, in its order", () => {
  const history = new History(100);
  history.add("a", "A", 10);
  history.add("b", "B", 25);
  assert.deepEqual(contents(history), ["a", "A", "b", "B", "next"]);
  assert.deepEqual(
    history.messagesFor("next").map(({ role }) => role),
    ["user", "assistant", "user", "assistant", "user"],
  );
});

test("the oldest is forgotten where there is too much, and no more than that", () => {
  const history = new History(100);
  history.add("a", "A", 40);
  history.add("b", "B", 80);
  history.add("c", "C", 110);
  assert.deepEqual(contents(history), ["b", "B", "c", "C", "next"]);
  history.add("d", "D", 100);
  assert.deepEqual(contents(history), ["b", "B", "c", "C", "d", "D", "next"]);
  history.add("e", "E", 250);
  assert.deepEqual(contents(history), ["next"]);
});
