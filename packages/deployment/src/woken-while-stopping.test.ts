import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LocalProvider } from "@conduit/provider-local";
import { deploy } from "./deploy.ts";
import type { EndpointLease } from "./endpoint.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

test("a stop is over when a request wakes the deployment before its nodes have stopped", () =>
  withDirectory(async (directory) => {
    let woken: Promise<EndpointLease> | undefined;
    let isStopping = false;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      async listNodes(list, namePrefix) {
        if (isStopping && woken === undefined) {
          woken = deployment.acquire();
          while (deployment.status === "STOPPED") await delay(5);
        }
        return list(namePrefix);
      },
    });
    await using deployment = await deploy(fixtureRequest(directory, {}, { provider }));
    await deployment.untilReady();
    isStopping = true;
    await deployment.stop();
    using _lease = await woken;
    assert.equal(deployment.status, "DEPLOYED");
  }));
