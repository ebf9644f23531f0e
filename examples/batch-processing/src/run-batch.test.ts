import assert from "node:assert/strict";
import { test } from "node:test";
import { ConduitError } from "@conduit/types";
import { runBatch } from "./run-batch.ts";

class OddError extends ConduitError {
  readonly code = "ODD";
}

const inputs = Array.from({ length: 25 }, (_, index) => index);

test("what fails is an outcome of its input alone, and is counted", async () => {
  const lines: string[] = [];
  const outcomes = await runBatch(
    inputs,
    async (input) => {
      if (input % 2 === 1) throw new OddError(`${input} is odd`);
      return input * 10;
    },
    { say: (line) => lines.push(line) },
  );
  assert.deepEqual(outcomes.slice(0, 2), [
    { success: true, input: 0, output: 0 },
    { success: false, input: 1, code: "ODD", reason: "1 is odd" },
  ]);
  assert.equal(outcomes.filter(({ success }) => success).length, 13);
  assert.deepEqual([lines.length, lines.at(-1)], [3, "25 of 25 done, 12 failed (12 ODD)"]);
});

test("the signal ends the batch, and so does an error that nobody expects", async () => {
  const say = () => undefined;
  const stopped = AbortSignal.abort(new Error("stopped"));
  const fail = (error: Error) => () => Promise.reject(error);
  await assert.rejects(
    runBatch(inputs, fail(new OddError("odd")), { say, signal: stopped }),
    /^Error: stopped$/,
  );
  await assert.rejects(runBatch(inputs, fail(new TypeError("a bug")), { say }), /a bug/);
});
