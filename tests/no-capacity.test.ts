import assert from "node:assert/strict";
import { test } from "node:test";
import { NoCapacityError } from "@conduit/deployment";
import { LMLiteBlock } from "@conduit/lm-lite";
import { GPUS, RunpodProvider } from "@conduit/provider-runpod";
import type { Fault } from "@conduit/provider-runpod/testing";
import { MemoryStateStore } from "@conduit/state";
import type { ComputeOffering } from "@conduit/types";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";

const model = required("RANDOM_MODEL");

/** Machines with one GPU, the cheapest first. */
async function singleGpus(provider: RunpodProvider): Promise<readonly ComputeOffering[]> {
  return (await provider.listOfferings()).filter(({ gpuCount }) => gpuCount === 1);
}

function priced({ id, priceMicroDollarsPerHour }: ComputeOffering): string {
  return `${id} at $${priceMicroDollarsPerHour / 1e6} an hour`;
}

test("where the first three machines cannot be had, the fourth is rented, and the log says why", async () => {
  const gpuTypeIds = [GPUS.L4, GPUS.RTX_4090, GPUS.A100_80GB_PCIE];
  const faults = gpuTypeIds.map((gpuTypeId): Fault => ({ kind: "create-refused", gpuTypeId, times: 1_000 }));
  await using rented = await RentedEngines.start({ faults });
  const provider = new RunpodProvider(rented.options);
  const offerings = await singleGpus(provider);
  const [first, second, third, fourth] = offerings.map(priced);
  const store = new MemoryStateStore();
  const told: string[] = [];
  const lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 256 }],
    provider,
    store,
    offerings,
    onProgress: (line) => told.push(line),
  });
  try {
    await lm.untilReady();
    assert.notEqual(await lm.chat({ model, messages: [{ role: "user", content: "Hi" }], maxTokens: 4 }), "");

    const refusals = told.filter((line) => line.includes("cannot be had"));
    for (const [index, [refused, next]] of [
      [first, second],
      [second, third],
      [third, fourth],
    ].entries()) {
      const line = refusals[index] ?? "";
      assert.ok(line.startsWith(`${refused} cannot be had`), line);
      assert.match(line, /no longer any instances available/);
      assert.ok(line.endsWith(`${next} is next`), line);
    }
    assert.equal(refusals.length, 3);

    await store.transaction(async (transaction) => {
      const events = await transaction.listEvents();
      const details = events
        .filter(({ action, outcome }) => action === "node-create" && outcome === "failed")
        .map(({ detail = "" }) => detail);
      assert.equal(details.length, 3);
      for (const [index, machine] of [first, second, third].entries()) {
        assert.ok(details[index]?.startsWith(`${machine}: `), details[index]);
        assert.match(details[index] ?? "", /no longer any instances available/);
      }
      assert.ok(events.some(({ action, detail }) => action === "node-create" && detail === fourth));
    });
    assert.deepEqual(rented.gpus(), [GPUS.H100_80GB_HBM3]);
  } finally {
    await lm.delete();
  }
  assert.deepEqual(rented.server.world.living(), []);
});

for (const { title, faults, reason, suspectsRequest } of [
  {
    title: "where none is left",
    faults: [{ kind: "create-refused", times: 1_000 }],
    reason: /no longer any instances available/,
    suspectsRequest: false,
  },
  {
    title: "where all are refused as bad requests are",
    faults: [{ kind: "fails-before", operation: "createPod", status: 400, times: 1_000 }],
    reason: /it answered 400/,
    suspectsRequest: true,
  },
] as const) {
  test(`${title}, the error lists each with its reason and its price`, async () => {
    await using rented = await RentedEngines.start({ faults });
    const provider = new RunpodProvider(rented.options);
    const offerings = await singleGpus(provider);
    assert.equal(offerings.length, 4);
    const store = new MemoryStateStore();
    const models = [{ id: model, maxModelLen: 256 }];
    await assert.rejects(LMLiteBlock.deploy({ models, provider, store, offerings }), (error: unknown) => {
      assert.ok(NoCapacityError.isInstance(error));
      assert.equal(error.suspectsRequest, suspectsRequest);
      assert.deepEqual(
        error.refused.map(({ offeringId, priceMicroDollarsPerHour: price }) => [offeringId, price]),
        offerings.map(({ id, priceMicroDollarsPerHour: price }) => [id, price]),
      );
      const [head = "", ...lines] = error.message.split("\n");
      assert.equal(/probably at fault/.test(head), suspectsRequest, head);
      assert.equal(lines.length, offerings.length);
      for (const [index, offering] of offerings.entries()) {
        const line = lines[index] ?? "";
        assert.ok(line.trimStart().startsWith(`${priced(offering)}: `), line);
        assert.match(line, reason);
      }
      return true;
    });
    assert.deepEqual(rented.gpus(), []);
    await store.transaction(async (transaction) => assert.deepEqual(await transaction.listDeployments(), []));
  });
}
