import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, summarize } from "./rounds.ts";

test("contenders take turns, each first in every other round", async () => {
  const turns: string[] = [];
  const contender = (name: string, rate: number) => async () => {
    turns.push(name);
    return rate;
  };
  const comparison = await compare(3, contender("a", 6), contender("b", 3));
  assert.deepEqual(turns, ["a", "b", "b", "a", "a", "b"]);
  assert.deepEqual(comparison, { first: 6, second: 3, ratio: 2 });
});

test("the ratio is that of a round, not that of the medians", () => {
  const drifting = [
    { first: 10, second: 20 },
    { first: 1, second: 2 },
    { first: 4, second: 2 },
  ];
  assert.deepEqual(summarize(drifting), { first: 4, second: 2, ratio: 0.5 });
});
