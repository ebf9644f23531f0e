import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ComputeOffering } from "@conduit/types";
import fc from "fast-check";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { constraints, models, offerings, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { fewestMachines } from "../testing/brute-force.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { InsufficientVramError } from "./insufficient-vram-error.ts";
import { NoOfferingError } from "./no-offering-error.ts";
import type { Rejection, RejectionCode } from "./rejection.ts";
import { type Selection, type SelectOfferingOptions, selectOffering } from "./select-offering.ts";
import type { PlannedModel } from "./workload.ts";

const RUNS = 200;

/** A selection, or nothing where nothing fits. */
function attempt(options: SelectOfferingOptions): Selection | undefined {
  try {
    return selectOffering(options);
  } catch (error) {
    if (InsufficientVramError.isInstance(error) || NoOfferingError.isInstance(error)) return undefined;
    throw error;
  }
}

function gpuOf(offering: ComputeOffering) {
  return GPUS[resolveGpu(offering.gpu ?? "") ?? assert.fail()];
}

/** Whether a model may span GPUs of the machine under the constraints. */
function spans(offering: ComputeOffering, { interconnect, numaLocal }: OfferingConstraints): boolean {
  const gpu = gpuOf(offering);
  const linked =
    offering.interconnect === undefined ? gpu.link === "BUILT_IN" : offering.interconnect !== "PCIE";
  return !(interconnect && !linked) && !(numaLocal && offering.numaLocal !== true);
}

/** Machines that the rules as published allow, by brute force; undefined where they allow none. */
function machinesAllowed(
  planned: readonly PlannedModel[],
  offering: ComputeOffering,
  wanted: OfferingConstraints,
): number | undefined {
  if (gpuOf(offering).architecture === "VOLTA") return undefined;
  const freedom = { spanning: spans(offering, wanted), singleDevice: wanted.singleDevice === true };
  const fewest = fewestMachines(planned, TEST_RUNTIME, offering, freedom);
  if (fewest === undefined) return undefined;
  const nodes = wanted.numGpus === undefined ? fewest : wanted.numGpus / offering.gpuCount;
  const gpu = typeof wanted.gpu === "object" ? wanted.gpu[offering.provider] : wanted.gpu;
  const met = [
    Number.isInteger(nodes) && nodes >= fewest,
    offering.available === undefined ? wanted.maxAvailable !== true : offering.available >= nodes,
    wanted.enterprise !== true || (offering.enterprise === true && gpuOf(offering).grade !== "CONSUMER"),
    wanted.architecture === undefined || gpuOf(offering).architecture === wanted.architecture,
    gpu === undefined || resolveGpu(gpu) === gpuOf(offering).name,
    wanted.regions === undefined || wanted.regions.includes(offering.region ?? "nowhere"),
    wanted.spot === undefined || offering.spot === wanted.spot,
    nodes * offering.priceMicroDollarsPerHour <=
      (wanted.maxPriceMicroDollarsPerHour ?? Number.POSITIVE_INFINITY),
    wanted.minAvailable === undefined || (offering.available ?? 0) >= wanted.minAvailable,
    wanted.minUptimePercent === undefined || (offering.uptimePercent ?? 0) >= wanted.minUptimePercent,
  ];
  return met.every(Boolean) ? nodes : undefined;
}

describe("selectOffering", () => {
  test("chooses the cheapest of what fits and meets the constraints, as brute force does", () => {
    const seen = { chosen: 0, none: 0 };
    fc.assert(
      fc.property(models, offerings, constraints, (planned, offered, wanted) => {
        const workload = { models: planned, runtime: TEST_RUNTIME };
        const selection = attempt({ workload, offerings: offered, constraints: wanted });
        const prices = offered.flatMap((offering) => {
          const machines = machinesAllowed(planned, offering, wanted);
          return machines === undefined ? [] : [machines * offering.priceMicroDollarsPerHour];
        });
        if (selection === undefined) {
          seen.none += 1;
          assert.deepEqual(prices, []);
          return;
        }
        seen.chosen += 1;
        assert.equal(selection.plan.priceMicroDollarsPerHour, Math.min(...prices));
        assert.equal(selection.alternatives.length + 1, prices.length);
        assert.equal(selection.alternatives.length + 1 + selection.rejected.length, offered.length);
      }),
      { numRuns: RUNS },
    );
    assert.ok(seen.chosen > RUNS / 5 && seen.none > RUNS / 20, JSON.stringify(seen));
  });

  test("gives plans that fit what programs find on each GPU", () => {
    fc.assert(
      fc.property(models, offerings, (planned, offered) => {
        const selection = attempt({
          workload: { models: planned, runtime: TEST_RUNTIME },
          offerings: offered,
        });
        for (const plan of selection === undefined ? [] : [selection.plan, ...selection.alternatives]) {
          const usable = gpuOf(plan.offering).usableMemoryBytes;
          for (const gpu of plan.gpus) {
            assert.ok(gpu.usedBytes <= gpu.budgetBytes && gpu.budgetBytes <= usable);
            assert.ok(gpu.gpu < plan.offering.gpuCount && gpu.node < plan.nodeCount);
          }
          for (const { id, tensorParallel, gpus } of plan.placements) {
            const { num_key_value_heads: heads } = (planned.find((one) => one.id === id) ?? assert.fail())
              .config as { num_key_value_heads: number };
            assert.equal(new Set(gpus).size, tensorParallel);
            assert.equal(heads % tensorParallel, 0);
            assert.equal(24 % tensorParallel, 0);
          }
          assert.deepEqual(
            new Set(plan.placements.map(({ id }) => id)),
            new Set(planned.map(({ id }) => id)),
          );
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("gives only reasons that are true, and all of them", () => {
    const codes = new Set<RejectionCode>();
    fc.assert(
      fc.property(models, offerings, constraints, (planned, offered, wanted) => {
        for (const rejection of rejectionsOf(planned, offered, wanted)) {
          const expected = trueCodes(planned, rejection.offering, wanted);
          const found = new Set(rejection.reasons.map(({ code }) => code));
          assert.deepEqual([...found].sort(), [...expected].sort());
          for (const code of found) codes.add(code);
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(codes.size >= 13, [...codes].join());
  });

  test("never chooses dearer once there is one more offering", () => {
    fc.assert(
      fc.property(models, offerings, offerings, constraints, (planned, offered, more, wanted) => {
        const workload = { models: planned, runtime: TEST_RUNTIME };
        const before = attempt({ workload, offerings: offered, constraints: wanted });
        const [added] = more;
        const after = attempt({
          workload,
          offerings: [...offered, added ?? assert.fail()],
          constraints: wanted,
        });
        if (before === undefined) return;
        assert.ok(
          (after ?? assert.fail()).plan.priceMicroDollarsPerHour <= before.plan.priceMicroDollarsPerHour,
        );
      }),
      { numRuns: RUNS },
    );
  });

  test("never needs less for more context, and never more for less", () => {
    fc.assert(
      fc.property(models, offerings, fc.integer({ min: 1, max: 8 }), (planned, offered, factor) => {
        const longer = planned.map((one) => ({ ...one, maxModelLen: (one.maxModelLen ?? 1024) * factor }));
        if (longer.some(({ maxModelLen }) => maxModelLen > 131_072)) return;
        const short = attempt({ workload: { models: planned, runtime: TEST_RUNTIME }, offerings: offered });
        const long = attempt({ workload: { models: longer, runtime: TEST_RUNTIME }, offerings: offered });
        if (long === undefined) return;
        assert.ok(
          (short ?? assert.fail()).plan.priceMicroDollarsPerHour <= long.plan.priceMicroDollarsPerHour,
        );
      }),
      { numRuns: RUNS },
    );
  });
});

function rejectionsOf(
  planned: readonly PlannedModel[],
  offered: readonly ComputeOffering[],
  wanted: OfferingConstraints,
): readonly Rejection[] {
  // A machine on which everything fits and that meets everything, so that the answer is a selection.
  const safe: ComputeOffering = {
    ...{ id: "safe", gpu: wanted.architecture === undefined ? "B300" : "A100_SXM4_80GB", gpuCount: 4 },
    ...{ provider: "RUNPOD", priceMicroDollarsPerHour: 0, spot: wanted.spot ?? false, region: "EU" },
    ...{ available: 9, enterprise: true, uptimePercent: 100, interconnect: "NVLINK", numaLocal: true },
  };
  try {
    const workload = { models: planned, runtime: TEST_RUNTIME };
    return selectOffering({ workload, offerings: [...offered, safe], constraints: wanted }).rejected;
  } catch (error) {
    if (NoOfferingError.isInstance(error)) return error.rejected;
    if (InsufficientVramError.isInstance(error)) return [];
    throw error;
  }
}

/** The codes of all reasons that hold against an offering, by brute force. */
function trueCodes(
  planned: readonly PlannedModel[],
  offering: ComputeOffering,
  wanted: OfferingConstraints,
): ReadonlySet<RejectionCode> {
  const codes = new Set<RejectionCode>();
  const gpu = gpuOf(offering);
  const chosen = typeof wanted.gpu === "object" ? wanted.gpu[offering.provider] : wanted.gpu;
  if (wanted.enterprise && (offering.enterprise !== true || gpu.grade === "CONSUMER"))
    codes.add("ENTERPRISE");
  if (chosen !== undefined && resolveGpu(chosen) !== gpu.name) codes.add("GPU");
  if (wanted.architecture !== undefined && gpu.architecture !== wanted.architecture)
    codes.add("ARCHITECTURE");
  if (wanted.regions?.includes(offering.region ?? "nowhere") === false) codes.add("REGION");
  if (wanted.spot !== undefined && offering.spot !== wanted.spot) codes.add("SPOT");
  if (wanted.minAvailable !== undefined && (offering.available ?? 0) < wanted.minAvailable)
    codes.add("AVAILABILITY");
  if (wanted.minUptimePercent !== undefined && (offering.uptimePercent ?? 0) < wanted.minUptimePercent) {
    codes.add("UPTIME");
  }
  if (wanted.numGpus !== undefined && wanted.numGpus % offering.gpuCount !== 0) codes.add("GPU_COUNT");
  if (gpu.architecture === "VOLTA") return codes.add("DTYPE");
  const singleDevice = wanted.singleDevice === true;
  const fits = (freedom: { spanning: boolean; singleDevice: boolean }) =>
    fewestMachines(planned, TEST_RUNTIME, offering, freedom);
  const fewest = fits({ spanning: spans(offering, wanted), singleDevice });
  if (fewest === undefined) {
    if (fits({ spanning: true, singleDevice: false }) === undefined) return codes.add("VRAM");
    if (singleDevice) return codes.add("SINGLE_DEVICE");
    const unlinked = wanted.interconnect === true && !spans(offering, { interconnect: true });
    return codes.add(unlinked ? "INTERCONNECT" : "NUMA");
  }
  const nodes = Math.max(fewest, Math.floor((wanted.numGpus ?? 0) / offering.gpuCount));
  if (wanted.numGpus !== undefined && fewest * offering.gpuCount > wanted.numGpus)
    return codes.add("GPU_COUNT");
  if (offering.available === undefined ? wanted.maxAvailable : offering.available < nodes)
    codes.add("AVAILABILITY");
  const price = nodes * offering.priceMicroDollarsPerHour;
  if (price > (wanted.maxPriceMicroDollarsPerHour ?? Number.POSITIVE_INFINITY)) codes.add("PRICE");
  return codes;
}
