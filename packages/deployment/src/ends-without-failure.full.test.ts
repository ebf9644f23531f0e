import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "./clock.ts";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { DeploymentError } from "./deployment-error.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";
import { read } from "./testing/read-store.ts";
import { StandInProvider } from "./testing/stand-in/stand-in-provider.ts";

/** Deploys, waits in vain, and counts the nodes that were tried. */
async function attempts(request: DeployRequest, failure: RegExp): Promise<number> {
  await assert.rejects(
    async () => {
      await using deployment = await deploy(request);
      await deployment.untilReady({ timeoutSeconds: 60 });
    },
    (error) => {
      assert(error instanceof DeploymentError);
      assert.match(error.message, failure);
      return true;
    },
  );
  const events = await read(request, (transaction) => transaction.listEvents());
  return events.filter(({ action, outcome }) => action === "node-create" && outcome === "intent").length;
}

describe("a node that ends with exit code 0 before it is ready", { concurrency: 2, timeout: 120_000 }, () => {
  test("is tried no more often than one that says that it failed: a machine that stays, stopped", () =>
    withDirectory(async (directory) => {
      const provider = new StandInProvider({
        directory,
        clock: systemClock,
        faults: [{ kind: "node-dies", afterMs: 0, leaves: "stopped", times: 99 }],
      });
      const request = fixtureRequest(directory, {}, { provider });
      assert.equal(await attempts(request, /ended by itself before it was ready/), 3);
    }));

  test("the same: a process", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const program = "setTimeout(() => process.exit(0), 200)";
      const workload = {
        ...request.workload,
        process: { executable: process.execPath, arguments: ["-e", program] },
      };
      assert.equal(await attempts({ ...request, workload }, /it has ended|ended before it was ready/), 3);
    }));
});
