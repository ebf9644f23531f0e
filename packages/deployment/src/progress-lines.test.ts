import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgressLines } from "./progress-lines.ts";

/** What is told of a node that says something else each second. */
function told(...progress: readonly string[]): string[] {
  const lines = new ProgressLines();
  return progress.filter((line, second) => lines.isDue(line, second * 1000));
}

test("what is new is told at once, and once", () => {
  const lines = ["starting", "starting", "loading model-1", "loading model-2", "ready"];
  assert.deepEqual(told(...lines), ["starting", "loading model-1", "loading model-2", "ready"]);
});

test("other amounts of the same are told every few seconds", () => {
  const weights = (tenths: number) => `m: loading weights ${(tenths / 10).toFixed(1)} of 4.2 GB`;
  assert.deepEqual(told(...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(weights), "ready"), [
    weights(0),
    weights(5),
    weights(10),
    "ready",
  ]);
  assert.deepEqual(told("pulling image 5 %", "pulling image 6 %", "starting"), [
    "pulling image 5 %",
    "starting",
  ]);
});
