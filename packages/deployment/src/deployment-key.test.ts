import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "./canonical-json.ts";
import { deploymentKey } from "./deployment-key.ts";

test("canonical JSON does not depend on the order of names, nor on fields that are not there", () => {
  const one = { b: [1, { d: null, c: "x" }], a: true };
  const other = { a: true, b: [1, { c: "x", d: null }] };
  assert.equal(canonicalJson(one), '{"a":true,"b":[1,{"c":"x","d":null}]}');
  assert.equal(canonicalJson(other), canonicalJson(one));
  assert.notEqual(canonicalJson({ a: [1, 2] }), canonicalJson({ a: [2, 1] }));
});

test("a key stays the same from release to release", () => {
  assert.equal(
    deploymentKey({ namespace: "default", models: ["a"] }),
    "486a295823bb7a7698d89d9a0f82609a22d740bda0cf9b782650fc3d381b07ff",
  );
});
