import type { ComputeOffering, RuntimePlanningProfile } from "@conduit/types";
import fc from "fast-check";
import { GPUS, type GpuName } from "../catalogue/gpus.ts";
import type { OfferingConstraints } from "../select/constraints.ts";
import type { PlannedModel } from "../select/workload.ts";

/** A runtime whose overhead grows with the models on a device and with tensor parallelism. */
export const TEST_RUNTIME: RuntimePlanningProfile = {
  name: "the test runtime",
  memoryUtilization: 0.95,
  overheadBytes: ({ modelCount, tensorParallel }) => (0.3 * modelCount + 0.2 * tensorParallel) * 2 ** 30,
  activationBytes: ({ maxModelConcurrency }) => maxModelConcurrency * 2 ** 26,
  supports: (dtype, architecture) =>
    architecture !== undefined && (dtype !== "bfloat16" || architecture !== "VOLTA"),
};

/** A dense model in the layout of Qwen3, of 0.5 to 90 GB. */
export function denseConfig(layers: number, hidden: number, keyValueHeads: number): object {
  return {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    hidden_size: hidden,
    intermediate_size: 3 * hidden,
    num_hidden_layers: layers,
    num_attention_heads: 24,
    num_key_value_heads: keyValueHeads,
    head_dim: 128,
    vocab_size: 32_000,
    max_position_embeddings: 131_072,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
  };
}

const model = fc.record({
  config: fc
    .tuple(fc.integer({ min: 8, max: 64 }), fc.constantFrom(1536, 3072, 6144), fc.constantFrom(1, 2, 4, 6, 8))
    .map(([layers, hidden, keyValueHeads]) => denseConfig(layers, hidden, keyValueHeads)),
  maxModelLen: fc.integer({ min: 256, max: 32_768 }),
  maxModelConcurrency: fc.integer({ min: 1, max: 16 }),
});

/** One to three models. */
export const models: fc.Arbitrary<readonly PlannedModel[]> = fc
  .array(model, { minLength: 1, maxLength: 3 })
  .map((all) => all.map((one, index) => ({ id: `model-${index}`, ...one })));

const names = Object.keys(GPUS) as GpuName[];

const offering = fc.record(
  {
    gpu: fc.constantFrom(...names),
    gpuCount: fc.constantFrom(1, 2, 3, 4),
    priceMicroDollarsPerHour: fc.integer({ min: 1, max: 9_000_000 }),
    spot: fc.boolean(),
    provider: fc.constantFrom("LOCAL" as const, "RUNPOD" as const),
    region: fc.constantFrom("EU", "US"),
    available: fc.integer({ min: 0, max: 4 }),
    enterprise: fc.boolean(),
    uptimePercent: fc.integer({ min: 90, max: 100 }),
    interconnect: fc.constantFrom("NVLINK" as const, "PCIE" as const),
    numaLocal: fc.boolean(),
  },
  { requiredKeys: ["gpu", "gpuCount", "priceMicroDollarsPerHour", "spot", "provider"] },
);

/** Up to twelve offerings, each of which leaves facts unstated. */
export const offerings: fc.Arbitrary<readonly ComputeOffering[]> = fc
  .array(offering, { minLength: 1, maxLength: 12 })
  .map((all) => all.map((one, index) => ({ id: `offering-${index}`, ...one })));

/** Constraints, most of them absent. */
export const constraints: fc.Arbitrary<OfferingConstraints> = fc.record(
  {
    enterprise: rarely(fc.constant(true)),
    singleDevice: rarely(fc.constant(true)),
    maxAvailable: rarely(fc.constant(true)),
    architecture: rarely(fc.constantFrom("AMPERE" as const, "ADA" as const)),
    gpu: rarely(fc.constantFrom<string | { RUNPOD: string }>("H100 SXM", "A40", { RUNPOD: "L40S" })),
    numGpus: rarely(fc.constantFrom(1, 2, 4)),
    regions: rarely(fc.constantFrom(["EU"], ["EU", "US"])),
    spot: rarely(fc.boolean()),
    maxPriceMicroDollarsPerHour: rarely(fc.integer({ min: 1_000_000, max: 20_000_000 })),
    minAvailable: rarely(fc.constantFrom(1, 2)),
    minUptimePercent: rarely(fc.integer({ min: 90, max: 99 })),
    interconnect: rarely(fc.constant(true)),
    numaLocal: rarely(fc.constant(true)),
  },
  { requiredKeys: [] },
);

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
