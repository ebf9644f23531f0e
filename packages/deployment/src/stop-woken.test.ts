import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy } from "./deploy.ts";
import { ask, fixtureRequest, processesOf, withDirectory } from "./testing/fixture.ts";

test("a stop is over when a request wakes the deployment meanwhile", { timeout: 60_000 }, () =>
  withDirectory(async (directory) => {
    await using deployment = await deploy(fixtureRequest(directory));
    await deployment.untilReady();
    const stopped = deployment.stop();
    while (deployment.status !== "STOPPED") await new Promise(setImmediate);
    using lease = await deployment.acquire();
    await stopped;
    assert.deepEqual(await processesOf(directory), [await ask(lease.endpoint)]);
    assert.notEqual(deployment.status, "STOPPED");
  }),
);
