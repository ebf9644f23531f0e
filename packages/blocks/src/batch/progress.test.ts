import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BatchProgress } from "./batch-progress.ts";
import { BatchTally } from "./batch-tally.ts";
import { progressBar, progressText } from "./progress-text.ts";

const state = {
  totalLines: 100_000,
  doneLines: 45_200,
  failed: 3,
  linesPerSecond: 1_234.5,
  tokens: 1_000_000,
  costUsd: 1.5,
};

describe("the progress of a batch", () => {
  test("in words has what is done, rate, time left, failures, tokens and cost", () => {
    assert.equal(
      progressText(state),
      "45,200 of 100,000 lines, 1,230/s, 45 s left, 3 failed, 1,000,000 tokens, $1.50",
    );
    const slow = { ...state, linesPerSecond: 2, tokens: 0 };
    assert.equal(progressText(slow), "45,200 of 100,000 lines, 2/s, 7 h 36 min left, 3 failed");
    assert.match(progressText({ ...slow, linesPerSecond: 100 }), /9 min 8 s left/);
    assert.equal(progressText({ ...slow, doneLines: 100_000 }), "100,000 of 100,000 lines, 2/s, 3 failed");
  });

  test("as a bar fits the terminal", () => {
    const short = { ...state, tokens: 0 };
    assert.match(progressBar(short, 120), /^\[#{18} {22}\] 45 % {2}45,200 of/);
    for (const columns of [20, 60, 75, 80, 200]) assert.ok(progressBar(state, columns).length < columns);
    assert.match(progressBar({ ...short, totalLines: 0 }, 200), /100 %/);
  });

  test("is a bar that is drawn over on a terminal, and lines elsewhere", () => {
    for (const isTTY of [true, false]) {
      let text = "";
      const stream = {
        isTTY,
        columns: 100,
        write(piece: string) {
          text += piece;
        },
      };
      const tally = new BatchTally();
      {
        using _progress = new BatchProgress({ mode: "auto", stream, tally, totalLines: 2 });
        tally.add({ line: 1, usage: undefined, costUsd: undefined }, "succeeded");
        tally.add({ line: 2, usage: undefined, costUsd: undefined }, "failed");
      }
      assert.match(text, /2 of 2 lines, .*, 1 failed/);
      assert.equal(text.startsWith("\r["), isTTY);
      assert.equal(text.split("\n").length, isTTY ? 2 : 3);
    }
  });

  test("is nothing where nobody wants it", () => {
    const stream = { write: () => assert.fail("must not write") };
    const options = { mode: "none", stream, tally: new BatchTally(), totalLines: 2 } as const;
    new BatchProgress(options)[Symbol.dispose]();
  });
});
