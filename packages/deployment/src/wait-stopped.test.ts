import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";
import { deploy } from "./deploy.ts";
import { DeploymentStoppedError } from "./deployment-error.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";
import { StandInProvider } from "./testing/stand-in/stand-in-provider.ts";

test("whoever waits for nodes hears when they are stopped", { timeout: 30_000 }, () =>
  withDirectory(async (directory) => {
    // Its nodes never answer, and stay there when they are stopped.
    const provider = new StandInProvider({ directory, clock: systemClock, faults: [] });
    await using deployment = await deploy(fixtureRequest(directory, {}, { provider }));
    const heard = Promise.withResolvers<void>();
    const waits = [deployment.untilReady({ onProgress: () => heard.resolve() }), deployment.acquire()];
    const refused = waits.map((wait) => assert.rejects(wait, DeploymentStoppedError));
    await heard.promise;
    await deployment.stop();
    await Promise.all(refused);
    assert.equal(deployment.status, "STOPPED");
    await deployment.delete();
  }),
);
