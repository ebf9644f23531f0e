import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import type { ComputeProvider } from "@conduit/types";
import { deploy } from "./deploy.ts";
import { gc } from "./reconcile/gc.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, processesOf, withDirectory } from "./testing/fixture.ts";

/** Less than an attachment lasts, but two of it are more. */
const STEP_MS = 50_000;
/** Enough for a store in memory to write. */
const TURNS = 500;

test("a deployment is in use while it comes up and while a node is replaced, however long that takes", async (context) => {
  await withDirectory(async (directory) => {
    let nowMs = 1_000;
    const store = new MemoryStateStore({ clock: () => nowMs });
    context.mock.timers.enable({ apis: ["setInterval"] });
    const unused: string[] = [];
    let creations = 0;
    const letTimePass = async () => {
      for (let step = 0; step < 2; step++) {
        nowMs += STEP_MS;
        context.mock.timers.tick(NOTICE_MS);
        for (let turn = 0; turn < TURNS; turn++) await setImmediate();
      }
      const report = await gc({ store, providers: [provider], dryRun: true });
      unused.push(...report.unused.map(({ id }) => id));
    };
    const provider: ComputeProvider = new FaultyProvider(new LocalProvider({ directory }), {
      createNode: async (create, spec) => {
        await letTimePass();
        const node = await create(spec);
        creations++;
        return node;
      },
    });
    await using deployment = await deploy(fixtureRequest(directory, {}, { store, provider }));
    await deployment.untilReady();
    assert.deepEqual(unused, []);

    const [pid = 0] = await processesOf(directory);
    process.kill(pid, "SIGKILL");
    while (creations < 2) {
      context.mock.timers.tick(NOTICE_MS);
      await setImmediate();
    }
    assert.deepEqual(unused, []);
  });
});
