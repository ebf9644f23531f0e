import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deploy } from "./deploy.ts";
import { DeploymentStoppedError } from "./deployment-error.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

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

  test("hears of it when another program stops the deployment", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { routing });
      await using deployment = await deploy(request);
      await using other = await deploy(request);
      await deployment.untilReady();
      using _busy = await deployment.acquire();
      const refused = assert.rejects(deployment.acquire(), DeploymentStoppedError);
      await other.stop();
      await refused;
    }));
});
