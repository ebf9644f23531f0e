import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { deploy } from "./deploy.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

test("what comes to be held after the deployment was let go of is let go of as well", () =>
  withDirectory(async (directory) => {
    const held = new Set<string>();
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let holds = 0;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      holdNode: async (hold, id) => {
        const taken = await hold(id);
        held.add(id);
        if (++holds === 2) {
          asked.resolve();
          await gate.promise;
        }
        return {
          ended: taken.ended,
          release: () => {
            held.delete(id);
            taken.release();
          },
        };
      },
    });
    const deployment = await deploy(fixtureRequest(directory, {}, { provider }));
    const scaled = assert.rejects(deployment.scale(2), { code: "DEPLOYMENT_CLOSED" });
    await asked.promise;
    const deleted = deployment.delete();
    gate.resolve();
    await Promise.all([scaled, deleted]);
    assert.deepEqual([...held], []);
  }));
