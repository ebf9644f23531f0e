import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseParts } from "./choose-parts.ts";

const NAMES = ["memory", "peer-decode", "peer-batch", "peering"];

test("a word stands for its name, and for all that begin with it and a hyphen, in the order of the names", () => {
  assert.deepEqual(chooseParts(NAMES, "peer-batch,memory"), ["memory", "peer-batch"]);
  assert.deepEqual(chooseParts(NAMES, "peer"), ["peer-decode", "peer-batch"]);
  assert.deepEqual(chooseParts(NAMES, NAMES.join(",")), NAMES);
});

test("a word that stands for nothing is an error that names it", () => {
  assert.throws(() => chooseParts(NAMES, "peer,batch"), /found "batch"/);
  assert.throws(() => chooseParts(NAMES, ""), /found ""/);
});
