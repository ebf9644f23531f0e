import assert from "node:assert/strict";
import { test } from "node:test";
import { newScores, score, share } from "./score.ts";

const files = (names: string) => [...names].map((name) => ({ name, bytes: 1, dateModified: "Nov 27 04:05" }));

function tallyOf(expected: string, found: string) {
  const scores = newScores();
  score(scores, { listing: "", answer: { files: files(expected) } }, { files: files(found) });
  return scores.upTo20;
}

test("a line that was left out is one mistake, not one for each line behind it", () => {
  const tally = tallyOf("abcdef", "abdef");
  assert.deepEqual([tally.right, tally.inPlace, tally.extra, tally.perfect], [5, 2, 0, 0]);
});

test("an entry that the listing does not have counts against the others", () => {
  const tally = tallyOf("abc", "xabc");
  assert.deepEqual([tally.right, tally.inPlace, tally.extra], [3, 0, 1]);
  assert.equal(share(tally), 3 / 4);
});

test("entries in another order are not right, and a wrong one is neither right nor too many", () => {
  assert.equal(tallyOf("abcd", "dcba").right, 1);
  assert.deepEqual([tallyOf("abcd", "abxd").right, tallyOf("abcd", "abxd").extra], [3, 0]);
  assert.equal(share(tallyOf("abcd", "abcd")), 1);
  assert.equal(share(tallyOf("", "")), 1);
});
