import { type ComputeOffering, ConduitError } from "@conduit/types";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { quantizeShape } from "../model/quantize-shape.ts";
import { largestOf } from "../sum-of.ts";
import { CONSTRAINTS } from "./check-constraints.ts";
import { considerOffering } from "./consider-offering.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { considerationOf, evaluateOfferings, type Question } from "./evaluate-offerings.ts";
import { machinesOf } from "./explain-plan.ts";
import { dollars, gib } from "./format.ts";
import { machineOf } from "./machine.ts";
import { offeringReasons } from "./offering-reasons.ts";
import { Plan } from "./plan.ts";
import type { WayOut } from "./way-out.ts";
import type { Demand } from "./workload.ts";

/** Shortest context that is worth proposing. */
const LEAST_CONTEXT = 256;

/** Formats to propose, from the one that loses least on. */
const FORMATS = { fp8: "FP8", "int4-awq": "INT4 (AWQ)" } as const;

/** GPUs that a machine may have. */
const GPU_COUNTS = [2, 4, 8];

/** The changes with which a workload that fits nowhere would fit, each of them tried, with the best plan that it allows. */
export function waysOut(question: Question, offerings: readonly ComputeOffering[]): readonly WayOut[] {
  const machines = cheapestOfEachKind(question, offerings);
  const shorter = lowered("maxModelLen", question, machines);
  return [
    shorter,
    lowered("maxModelConcurrency", question, machines),
    fp8KvCache(question, machines),
    ...otherFormats(question, machines, shorter?.maxModelLen ?? 0),
    ...liftedConstraints(question, offerings),
    moreGpus(question, machines, offerings),
    unofferedGpu(question, offerings),
  ].filter((way) => way !== undefined);
}

/** Of offerings on equal machines that meet the constraints, the cheapest and the one that most can be had of. */
function cheapestOfEachKind(
  { constraints }: Question,
  offerings: readonly ComputeOffering[],
): readonly ComputeOffering[] {
  const kept = new Map<string, ComputeOffering>();
  const keep = (key: string, offering: ComputeOffering, worth: (offering: ComputeOffering) => number) => {
    const known = kept.get(key);
    if (known === undefined || worth(offering) > worth(known)) kept.set(key, offering);
  };
  for (const offering of offerings) {
    const machine = machineOf(offering);
    if ("missing" in machine || offeringReasons(offering, machine, constraints).length > 0) continue;
    keep(`${machine.key}|price`, offering, ({ priceMicroDollarsPerHour }) => -priceMicroDollarsPerHour);
    keep(`${machine.key}|most`, offering, ({ available = 0 }) => available);
  }
  return [...new Set(kept.values())];
}

/** The best plan; a format that the model or the runtime does not know has none. */
function bestPlan(
  question: Question,
  offerings: readonly ComputeOffering[],
  change: (demand: Demand) => Demand = (demand) => demand,
): Plan | undefined {
  try {
    return evaluateOfferings({ ...question, demands: question.demands.map(change) }, offerings).plans[0];
  } catch (error) {
    if (ConduitError.isInstance(error)) return undefined;
    throw error;
  }
}

function wayOut(words: string, plan: Plan, change: Omit<WayOut, "message" | "plan">): WayOut {
  const machines = machinesOf(plan.offering, plan.nodeCount);
  const price = dollars(plan.priceMicroDollarsPerHour);
  return { ...change, plan, message: `${words} it fits ${machines} at ${price}/h` };
}

/** The largest power of two to which one of the lengths has to come down. */
function lowered(
  field: "maxModelLen" | "maxModelConcurrency",
  question: Question,
  offerings: readonly ComputeOffering[],
  change?: (demand: Demand) => Demand,
): WayOut | undefined {
  const isContext = field === "maxModelLen";
  const most = largestOf(question.demands, (demand) => demand[field]);
  for (
    let power = 2 ** Math.ceil(Math.log2(most) - 1);
    power >= (isContext ? LEAST_CONTEXT : 1);
    power /= 2
  ) {
    const plan = bestPlan(question, offerings, (demand) => {
      const changed = change?.(demand) ?? demand;
      return { ...changed, [field]: Math.min(changed[field], power) };
    });
    if (plan === undefined) continue;
    return wayOut(`with ${field} ${power}`, plan, {
      kind: isContext ? "context" : "concurrency",
      [field]: power,
    });
  }
  return undefined;
}

function fp8KvCache(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const kvDtype = "fp8";
  const plan = bestPlan(question, offerings, (demand) => ({ ...demand, kvDtype }));
  return plan && wayOut("with an FP8 KV cache", plan, { kind: "kv-dtype", kvDtype });
}

/** With another format, and where that is not enough, with a shorter context too, if it is longer than what the format at hand allows. */
function otherFormats(
  question: Question,
  offerings: readonly ComputeOffering[],
  contextAsIs: number,
): readonly WayOut[] {
  return Object.entries(FORMATS).flatMap(([quantization, name]) => {
    const change = (demand: Demand) => {
      const shape = quantizeShape(demand.shape, quantization);
      return shape.weightsBytes < demand.shape.weightsBytes ? { ...demand, shape } : demand;
    };
    const variant = `with the ${name} variant`;
    const plan = bestPlan(question, offerings, change);
    if (plan !== undefined) return [wayOut(variant, plan, { kind: "quantization", quantization })];
    const shorter = lowered("maxModelLen", question, offerings, change);
    if (shorter?.maxModelLen === undefined || shorter.maxModelLen <= contextAsIs) return [];
    const message = shorter.message.replace("with", `${variant} and`);
    return [{ ...shorter, kind: "quantization", quantization, message } as const];
  });
}

function liftedConstraints(question: Question, offerings: readonly ComputeOffering[]): readonly WayOut[] {
  return CONSTRAINTS.flatMap((constraint) => {
    const { [constraint]: lifted, ...constraints }: OfferingConstraints = question.constraints;
    const plan = lifted !== undefined ? bestPlan({ ...question, constraints }, offerings) : undefined;
    return plan
      ? [wayOut(`without the constraint ${constraint}`, plan, { kind: "constraint", constraint })]
      : [];
  });
}

/** Machines as they are offered, with more of the same GPUs at the same price for each. */
function moreGpus(
  question: Question,
  machines: readonly ComputeOffering[],
  offerings: readonly ComputeOffering[],
): WayOut | undefined {
  const { singleDevice, numGpus } = question.constraints;
  if (singleDevice === true || numGpus !== undefined) return undefined;
  const kindOf = (gpu: string | undefined, count: number) => `${count} x ${(gpu && resolveGpu(gpu)) ?? gpu}`;
  const offered = new Set(offerings.map(({ gpu, gpuCount }) => kindOf(gpu, gpuCount)));
  const larger = machines.flatMap((offering) =>
    GPU_COUNTS.filter(
      (count) =>
        count > offering.gpuCount && offering.gpuCount > 0 && !offered.has(kindOf(offering.gpu, count)),
    ).map((gpuCount) => ({
      ...offering,
      gpuCount,
      priceMicroDollarsPerHour: Math.round(
        (offering.priceMicroDollarsPerHour / offering.gpuCount) * gpuCount,
      ),
    })),
  );
  const plan = bestPlan(question, larger);
  if (plan === undefined) return undefined;
  const { offering, nodeCount } = plan;
  const price = `${dollars(plan.priceMicroDollarsPerHour)}/h at the price per GPU of ${offering.id}`;
  const message = `on ${machinesOf(offering, nodeCount)} it would fit (${price})`;
  return { kind: "gpu-count", plan, message };
}

/** The smallest GPU of the catalogue that nobody offers and that holds everything. */
function unofferedGpu(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const offered = new Set(offerings.map(({ gpu }) => gpu && resolveGpu(gpu)));
  const { singleDevice, architecture } = question.constraints;
  const consideration = considerationOf({ ...question, constraints: { singleDevice, architecture } });
  const smallest = Object.values(GPUS)
    .filter(({ name }) => !offered.has(name))
    .sort((a, b) => a.usableMemoryBytes - b.usableMemoryBytes)
    .find(({ name: gpu }) => {
      const offering = { id: gpu, gpu, gpuCount: 1, priceMicroDollarsPerHour: 0, spot: false };
      const outcome = considerOffering({ provider: "LOCAL", ...offering }, consideration);
      return outcome instanceof Plan && outcome.nodeCount === 1;
    });
  if (smallest === undefined) return undefined;
  const { name, usableMemoryBytes } = smallest;
  return { kind: "gpu", message: `on 1 x ${name} (${gib(usableMemoryBytes)}) it would fit` };
}
