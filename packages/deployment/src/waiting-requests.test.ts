import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deploy } from "./deploy.ts";
import { DeploymentClosedError, DeploymentStoppedError } from "./deployment-error.ts";
import { ask, fixtureRequest, withDirectory } from "./testing/fixture.ts";

const routing = { maxOutstandingPerNode: 1 };

describe("a request that waits for a busy node", () => {
  for (const [what, end] of [
    ["is stopped", "stop"],
    ["is scaled down to nothing", "scale"],
  ] as const) {
    test(`is sent away when the deployment ${what}`, () =>
      withDirectory(async (directory) => {
        await using deployment = await deploy(fixtureRequest(directory, {}, { routing }));
        await deployment.untilReady();
        const busy = await deployment.acquire();
        const refused = assert.rejects(deployment.acquire(), DeploymentStoppedError);
        const ended = end === "stop" ? deployment.stop() : deployment.scale(0);
        await refused;
        busy.release();
        await ended;
      }));
  }

  for (const wake of [true, false]) {
    test(`${wake ? "wakes the deployment" : "hears of it"} when another program stops it, with wake: ${wake}`, () =>
      withDirectory(async (directory) => {
        const request = fixtureRequest(directory, {}, { routing });
        await using deployment = await deploy(request);
        await using other = await deploy(request);
        await deployment.untilReady();
        using busy = await deployment.acquire();
        const waiting = deployment.acquire({ wake });
        const outcome = wake ? waiting : assert.rejects(waiting, DeploymentStoppedError);
        await other.stop();
        const lease = await outcome;
        if (lease === undefined) return;
        assert.notEqual(lease.endpoint.nodeName, busy.endpoint.nodeName);
        await ask(lease.endpoint);
        lease.release();
      }));
  }

  test("hears of it when another program deletes the deployment", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { routing });
      await using deployment = await deploy(request);
      await using other = await deploy(request);
      await deployment.untilReady();
      using _busy = await deployment.acquire();
      const refused = assert.rejects(deployment.acquire(), DeploymentClosedError);
      await other.delete();
      await refused;
    }));
});
