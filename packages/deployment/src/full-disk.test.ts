import assert from "node:assert/strict";
import { test } from "node:test";
import { noSmallDisk, runOnSmallDisk } from "./testing/crash/database-faults/full-disk.ts";

test("an operation whose database has no room left says so, and leaves nothing", {
  skip: noSmallDisk,
}, async (context) => {
  const { summary, failed, unclear } = await runOnSmallDisk(["deploy", "update", "delete"], { step: 17 });
  context.diagnostic(summary);
  assert.deepEqual(failed, []);
  assert.deepEqual(unclear, []);
});
