import assert from "node:assert/strict";
import { test } from "node:test";
import { servedOperations } from "../api/served-operations.ts";
import { readFacts, readWholeDocument } from "./document.ts";
import { factsOf } from "./facts-of.ts";

const whole = readWholeDocument();

test("the facts in the repository are those of the document", {
  skip: whole === undefined && "CONDUIT_TEST_DATA names no folder with runpod/openapi-v2.json",
}, () => {
  const facts = whole && factsOf(whole, servedOperations);
  // Where this fails, RunPod's document has changed: write this value into openapi-facts.json.
  assert.deepEqual(readFacts(), facts);
});
