import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpodRefusedError } from "./runpod-refused-error.ts";

test("only the status that stands for want of capacity and for bad requests alike suspects the request", () => {
  for (const status of [400, 402, 403, 409, 422]) {
    const problem = { status, reason: "no", violations: [], isDocument: true };
    const error = new RunpodRefusedError("create a pod", problem, {
      outcome: "none",
      retry: "next-offering",
    });
    assert.equal(error.suspectsRequest, status === 400);
  }
});
