import assert from "node:assert/strict";
import { test } from "node:test";
import { GPUS as CATALOGUE, resolveGpu } from "@conduit/compute-offerings";
import { GPUS } from "@conduit/provider-runpod";

test("RunPod's GPU types are those of the catalogue, by the same names", () => {
  const published = Object.fromEntries(
    Object.values(CATALOGUE).map(({ name, runpodId }) => [name, runpodId]),
  );
  assert.deepEqual(GPUS, published);
});

test("a GPU type of RunPod's names a card in a constraint", () => {
  for (const [name, id] of Object.entries(GPUS)) assert.equal(resolveGpu(id), name);
});
