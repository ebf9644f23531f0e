import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InsufficientVramError, NoOfferingError } from "@conduit/compute-offerings";
import { LMLiteBlock } from "@conduit/lm-lite";
import { GPUS, RunpodProvider } from "@conduit/provider-runpod";
import { STAND_IN_KEY } from "@conduit/provider-runpod/testing";
import { MemoryStateStore } from "@conduit/state";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";

const model = required("RANDOM_MODEL");
const Weather = Type.Object({ sky: Type.Enum(["clear", "cloudy"]) });

/** What RunPod says of a pod. */
interface SeenPod {
  readonly gpu: { readonly id: string; readonly count: number };
  readonly cloud: string;
  readonly disk: number;
  readonly mounts: object;
  /** US dollars per hour. */
  readonly cost: number;
}

/** Rents, asks, and deletes; the pod that was rented, and what was told. */
async function rentOne(
  rented: RentedEngines,
  options: Pick<Parameters<typeof LMLiteBlock.deploy>[0], "constraints">,
) {
  const told: string[] = [];
  const lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 256 }],
    provider: new RunpodProvider(rented.options),
    store: new MemoryStateStore(),
    onProgress: (line) => told.push(line),
    ...options,
  });
  try {
    await lm.untilReady();
    Value.Assert(Weather, await lm.generate({ model, output: Weather, guidance: "What is the weather?" }));
    const response = await fetch(`${rented.server.url}/v2/pods`, {
      headers: { authorization: `Bearer ${STAND_IN_KEY}` },
    });
    const { pods } = (await response.json()) as { readonly pods: readonly SeenPod[] };
    const [pod, ...others] = pods;
    assert(pod !== undefined);
    assert.equal(others.length, 0);
    return { pod, told, cost: await lm.cost() };
  } finally {
    await lm.delete();
    assert.deepEqual(rented.server.world.living(), []);
  }
}

test("models decide on the machine that is rented, at the price of a pod with room for them", async () => {
  await using rented = await RentedEngines.start();
  const { pod, told, cost } = await rentOne(rented, {});
  assert.deepEqual([pod.gpu, pod.cloud], [{ id: GPUS.L4, count: 1 }, "SECURE"]);
  // A folder is not downloaded.
  assert.deepEqual([pod.disk, pod.mounts], [20, { persistent: { size: 10, path: "/workspace" } }]);
  const microDollars = Math.ceil(390_000 + (30 / 10 / 720) * 1e6);
  assert.equal(cost?.plannedMicroDollarsPerHour, microDollars);
  assert.ok(pod.cost * 1e6 <= microDollars + 1, `${pod.cost}`);
  assert.match(
    told.join("\n"),
    /^chose 1x NVIDIA L4 SECURE at \$0\.394167 an hour for .*; \d+ others would do/,
  );
});

test("constraints override the choice", async () => {
  await using rented = await RentedEngines.start();
  const gpu = { RUNPOD: GPUS.A100_80GB_PCIE };
  const { pod } = await rentOne(rented, { constraints: { gpu, enterprise: true } });
  assert.deepEqual([pod.gpu, pod.cloud], [{ id: GPUS.A100_80GB_PCIE, count: 1 }, "SECURE"]);
});

test("a machine that is asked for by name has to hold the models, or nothing is rented", async () => {
  await using rented = await RentedEngines.start();
  const folder = mkdtempSync(join(tmpdir(), "large-"));
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify(QWEN3_32B_CONFIG));
    const deploy = (constraints: { readonly gpu: string }) =>
      LMLiteBlock.deploy({
        models: [{ id: folder, maxModelLen: 4096 }],
        provider: new RunpodProvider(rented.options),
        store: new MemoryStateStore(),
        constraints,
      });
    await assert.rejects(deploy({ gpu: GPUS.L4 }), InsufficientVramError);
    await assert.rejects(deploy({ gpu: GPUS.A40 }), NoOfferingError);
    assert.deepEqual(rented.server.world.living(), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Qwen/Qwen3-32B as its `config.json` has it: 65.5 GB in bfloat16. */
const QWEN3_32B_CONFIG = {
  architectures: ["Qwen3ForCausalLM"],
  model_type: "qwen3",
  hidden_size: 5120,
  intermediate_size: 25600,
  num_hidden_layers: 64,
  num_attention_heads: 64,
  num_key_value_heads: 8,
  head_dim: 128,
  max_position_embeddings: 40960,
  vocab_size: 151936,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};
