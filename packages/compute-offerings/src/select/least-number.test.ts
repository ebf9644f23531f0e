import assert from "node:assert/strict";
import { test } from "node:test";
import { leastNumber } from "./least-number.ts";

test("finds the least number of every range, and asks for few", () => {
  for (let last = 1; last <= 40; last += 1) {
    for (let least = 1; least <= last + 1; least += 1) {
      const asked: number[] = [];
      const found = leastNumber(1, last, (number) => {
        asked.push(number);
        return number >= least;
      });
      assert.equal(found, least > last ? undefined : least);
      assert.ok(asked.every((number) => number >= 1 && number <= last));
      assert.ok(asked.length <= 2 * Math.log2(Math.min(least, last)) + 2, `${least} of ${last}: ${asked}`);
    }
  }
});

test("finds nothing in an empty range", () => {
  assert.equal(
    leastNumber(3, 2, () => true),
    undefined,
  );
  assert.equal(
    leastNumber(Number.POSITIVE_INFINITY, 2, () => true),
    undefined,
  );
});
