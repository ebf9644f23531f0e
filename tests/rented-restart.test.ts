import assert from "node:assert/strict";
import { test } from "node:test";
import { LMLiteBlock } from "@conduit/lm-lite";
import { RunpodProvider } from "@conduit/provider-runpod";
import { MemoryStateStore } from "@conduit/state";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";

const model = required("RANDOM_MODEL");

for (const start of ["refused", "without-gpu"] as const) {
  test(`a stop says that the GPU may go, and a restart rents another where it is gone: ${start}`, async () => {
    await using rented = await RentedEngines.start({ faults: [{ kind: "gpu-gone", start }] });
    const lm = await LMLiteBlock.deploy({
      models: [{ id: model, maxModelLen: 256 }],
      provider: new RunpodProvider(rented.options),
      store: new MemoryStateStore(),
    });
    try {
      await lm.untilReady();
      const [before] = rented.server.world.living();
      const told: string[] = [];
      await lm.stop({ onProgress: (message) => told.push(message) });
      assert.match(told.join("\n"), /RUNPOD may give the machines of stopped nodes to others, GPUs first/);
      await lm.restart();
      const messages = [{ role: "user", content: "Hi" }] as const;
      assert.notEqual(await lm.chat({ model, messages, maxTokens: 4 }), "");
      const [after, ...others] = rented.server.world.living();
      assert.equal(others.length, 0);
      assert.equal(after?.podStatus, "RUNNING");
      assert.notEqual(after?.id, before?.id);
    } finally {
      await lm.delete();
    }
    assert.deepEqual(rented.server.world.living(), []);
    assert.deepEqual(rented.server.world.violations(), []);
  });
}
