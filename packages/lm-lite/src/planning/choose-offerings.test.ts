import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InsufficientVramError, InvalidConstraintError, NoOfferingError } from "@conduit/compute-offerings";
import type { ComputeOffering } from "@conduit/types";
import { UnknownModelSizeError } from "../errors/unknown-model-size-error.ts";
import { QWEN3_8B_CONFIG, qwen3, qwen3Moe, unknownModel } from "../testing/model-facts.ts";
import { chooseOfferings, type OfferingChoice } from "./choose-offerings.ts";

function rented(gpu: string, gpuCount: number, dollars: number, change: Partial<ComputeOffering> = {}) {
  const priceMicroDollarsPerHour = dollars * 1e6;
  const id = `${gpuCount}x ${gpu}`;
  return { id, provider: "RUNPOD", gpu, gpuCount, priceMicroDollarsPerHour, spot: false, ...change } as const;
}

const machines: readonly ComputeOffering[] = [
  rented("RTX_A4000", 1, 0.25),
  rented("L4", 2, 0.9),
  rented("L4", 1, 0.45, { enterprise: true }),
  rented("A40", 1, 0.44, { available: 0 }),
  rented("RTX_4090", 1, 0.35, { enterprise: false }),
  rented("H100_80GB_HBM3", 1, 2.7, { enterprise: true }),
];

const ids = (choice: Partial<OfferingChoice>) =>
  chooseOfferings({ facts: [qwen3], offerings: machines, ...choice }).map(({ id }) => id);

describe("machines for rent", () => {
  test("are chosen by what the models need, the cheapest first, and the choice is told", () => {
    const told: string[] = [];
    assert.deepEqual(ids({ onProgress: (message) => told.push(message) }), [
      "1x RTX_4090",
      "1x L4",
      "2x L4",
      "1x H100_80GB_HBM3",
    ]);
    assert.deepEqual(told, [
      "chose 1x RTX_4090 at $0.35 an hour for Qwen/Qwen3-8B; 3 others would do, 2 would not",
    ]);
  });

  test("are chosen for another objective", () => {
    assert.equal(ids({ objective: "fastest" })[0], "1x H100_80GB_HBM3");
  });

  test("meet the constraints", () => {
    assert.deepEqual(ids({ constraints: { gpu: "NVIDIA L4" } }), ["1x L4", "2x L4"]);
    assert.deepEqual(ids({ constraints: { gpu: { RUNPOD: "L4", LOCAL: "H200" }, numGpus: 1 } }), ["1x L4"]);
    assert.deepEqual(ids({ constraints: { enterprise: true } }), ["1x L4", "1x H100_80GB_HBM3"]);
    assert.deepEqual(ids({ constraints: { maxPriceMicroDollarsPerHour: 400_000 } }), ["1x RTX_4090"]);
  });

  test("that are asked for by name have to hold the models all the same", () => {
    assert.throws(() => ids({ constraints: { gpu: "RTX_A4000" } }), InsufficientVramError);
  });

  test("have no GPU that a model with experts would be refused on", () => {
    assert.throws(
      () => ids({ facts: [qwen3, qwen3Moe] }),
      (error) => {
        assert.ok(NoOfferingError.isInstance(error));
        const codes = new Set(error.rejected.flatMap(({ reasons }) => reasons.map(({ code }) => code)));
        assert.deepEqual([...codes], ["DTYPE"]);
        return true;
      },
    );
  });

  test("are one for each engine", () => {
    assert.throws(
      () => ids({ constraints: { gpu: "H100_80GB_HBM3", numGpus: 2 } }),
      (error) => {
        assert.ok(NoOfferingError.isInstance(error));
        assert.match(error.message, /1x H100_80GB_HBM3: expected one machine for an engine, found 2/);
        return true;
      },
    );
    const large = { ...QWEN3_8B_CONFIG, num_hidden_layers: 90 };
    const planned = { id: "large", config: large };
    // 2 x 24 GB would do for one that divides models.
    assert.deepEqual(ids({ facts: [{ id: "large", planned }] }), ["1x H100_80GB_HBM3"]);
  });

  test("are asked for, the cheapest first, also where the provider says that none can be had", () => {
    const offerings = machines.map((machine) => ({ ...machine, available: 0 }));
    assert.deepEqual(ids({ offerings }), ["1x RTX_4090", "1x A40", "1x L4", "2x L4", "1x H100_80GB_HBM3"]);
    assert.deepEqual(ids({ constraints: { gpu: "A40" } }), ["1x A40"]);
    assert.throws(() => ids({ offerings, constraints: { minAvailable: 1 } }), NoOfferingError);
    assert.throws(() => ids({ offerings, constraints: { gpu: "RTX_A4000" } }), InsufficientVramError);
  });

  test("cannot be chosen for a model of which nothing is known", () => {
    assert.throws(
      () => ids({ facts: [qwen3, unknownModel] }),
      (error) => {
        assert.ok(UnknownModelSizeError.isInstance(error));
        assert.equal(error.model, "org/secret");
        assert.match(
          error.message,
          /how large org\/secret is, .*but: found HTTP 401\. .*HF_TOKEN.*offerings/,
        );
        return true;
      },
    );
  });

  test("are refused by constraints that mean nothing", () => {
    const constraints: object = { gpus: "L4" };
    assert.throws(() => ids({ constraints }), InvalidConstraintError);
  });
});

describe("machines of one's own", () => {
  const own = (gpu: string | undefined, gpuCount: number, change: Partial<ComputeOffering> = {}) => ({
    ...rented(gpu ?? "", gpuCount, 0, change),
    provider: "LOCAL" as const,
    id: `own ${gpuCount} ${gpu}`,
    memoryBytes: 64 * 2 ** 30,
  });
  const offerings = [own("L4", 2), own("RTX_A4000", 1), own("L4", 1, { available: 0 }), own(undefined, 0)];

  test("are taken in the provider's order, also those that others use now, and none without a GPU in their place", () => {
    assert.deepEqual(ids({ offerings }), ["own 2 L4", "own 1 L4"]);
  });

  test("do without a GPU where none holds the models", () => {
    assert.deepEqual(ids({ offerings: offerings.slice(1, 2).concat(offerings.slice(3)) }), [
      "own 0 undefined",
    ]);
  });

  test("need not be chosen where there is one, or where nothing is known of the model", () => {
    assert.deepEqual(ids({ offerings: offerings.slice(1, 2) }), ["own 1 RTX_A4000"]);
    assert.deepEqual(ids({ offerings, facts: [unknownModel] }), ["own 2 L4"]);
    assert.throws(() => ids({ offerings, facts: [unknownModel], constraints: {} }), UnknownModelSizeError);
  });

  test("meet constraints, too", () => {
    assert.deepEqual(ids({ offerings, constraints: { gpu: "L4", numGpus: 1 } }), ["own 1 L4"]);
  });
});
