import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { deploy } from "./deploy.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, untilNoProcess, withDirectory } from "./testing/fixture.ts";

test("whoever disposes a second time waits for the first", () =>
  withDirectory(async (directory) => {
    const cleaning = Promise.withResolvers<void>();
    let isDisposing = false;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      listNodes: async (list, prefix) => {
        if (isDisposing) {
          cleaning.resolve();
          await delay(300);
        }
        return list(prefix);
      },
    });
    const request = fixtureRequest(directory, {}, { provider });
    const deployment = await deploy(request);
    isDisposing = true;
    const first = deployment.dispose();
    await cleaning.promise;
    await deployment.dispose();
    const left = await request.store.transaction((transaction) => transaction.listDeployments());
    await first;
    assert.deepEqual(left, []);
  }));

test("the node is let go of when the store cannot be told", () =>
  withDirectory(async (directory) => {
    const store = new MemoryStateStore();
    const deployment = await deploy(fixtureRequest(directory, {}, { store }));
    await store.close();
    await assert.rejects(deployment.dispose(), { code: "STATE_STORE_CLOSED" });
    await untilNoProcess(directory);
  }));
