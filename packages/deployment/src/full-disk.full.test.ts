import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { coreScenarios } from "./testing/crash/core-scenarios.ts";
import { noSmallDisk, runOnSmallDisk } from "./testing/crash/database-faults/full-disk.ts";

describe("an operation whose database has no room left says so, and leaves nothing", {
  skip: noSmallDisk,
  concurrency: availableParallelism(),
}, () => {
  for (const { name } of coreScenarios) {
    test(name, async (context) => {
      const { summary, failed, unclear } = await runOnSmallDisk([name], { step: 1 });
      context.diagnostic(`${name}: ${summary}`);
      assert.deepEqual(failed, []);
      assert.deepEqual(unclear, []);
    });
  }
});
