import assert from "node:assert/strict";
import { test } from "node:test";
import { describeWaiting } from "./describe-waiting.ts";

test("a model that takes its time says how far it is, in units of its size", () => {
  const describe = (step: string, doneBytes: number, totalBytes: number) =>
    describeWaiting({
      id: "m",
      state: "loading",
      progress: { step, done_bytes: doneBytes, total_bytes: totalBytes },
    });
  assert.equal(describe("weights", 2_060_000_000, 4_200_000_000), "m: loading weights 2.1 of 4.2 GB");
  assert.equal(describe("download", 0, 1_000_000_000), "m: downloading weights 0.0 of 1.0 GB");
  assert.equal(describe("weights", 1_600_000, 999_400_000), "m: loading weights 2 of 999 MB");
  assert.equal(describe("packing", 1, 2), "m: packing 0 of 0 MB");
  assert.equal(describeWaiting({ id: "m", state: "loading" }), "loading m");
});
