import assert from "node:assert/strict";
import { test } from "node:test";
import { findCandidates } from "./candidates.ts";

const valuesOf = (text: string) => findCandidates(text).readings.map((reading) => reading.value);

test("finds every object and list, in order, none inside another", () => {
  assert.deepEqual(valuesOf('As [1] and {x} say: {"a": [2]}, or [3, {b: 4}] [see below]'), [
    [1],
    { a: [2] },
    [3, { b: 4 }],
  ]);
});

test("takes no part of a broken value for the whole", () => {
  assert.deepEqual(findCandidates('{"a": @, "b": {"c": 1}}'), {
    readings: [],
    failure: { path: "/a", expected: "a JSON value", found: '"@, \\"b\\": {\\"c\\": 1}}"' },
  });
  assert.deepEqual(findCandidates('{"a": [{"b": 1}, {"b": 2').failure, {
    path: "/a/1",
    expected: "the rest of the value",
    found: "the end of the answer",
  });
});

test("tells why nothing was found, unless something was", () => {
  assert.deepEqual(findCandidates("See [the list]."), {
    readings: [],
    failure: { path: "/0", expected: "a JSON value", found: '"the list]."' },
  });
  assert.equal(findCandidates("See [the list]: []").failure, undefined);
  assert.deepEqual(findCandidates("Nothing here."), { readings: [] });
});

test("gives up on prose with more brackets than any answer has", () => {
  assert.deepEqual(valuesOf(`${"[x ".repeat(999)}{"a": 1}`), [{ a: 1 }]);
  assert.deepEqual(valuesOf(`${"[x ".repeat(1000)}{"a": 1}`), []);
});
