import { type ComputeOffering, ConduitError } from "@conduit/types";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { parseModelConfig } from "../model/parse-model-config.ts";
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
const FORMATS = ["fp8", "int4-awq"];

/** GPUs that a machine may have. */
const GPU_COUNTS = [2, 4, 8];

/** Constraints that keep workloads off more or larger GPUs. */
const LIFTED = ["singleDevice", "gpu", "numGpus", "interconnect", "numaLocal", "architecture"] as const;

/** The changes with which a workload that fits nowhere would fit, each of them tried, cheapest plan first within its kind. */
export function waysOut(question: Question, offerings: readonly ComputeOffering[]): readonly WayOut[] {
  const machines = cheapestOfEachKind(question, offerings);
  const shorter = context(question, machines);
  return [
    shorter,
    concurrency(question, machines),
    kvDtype(question, machines),
    ...quantizations(question, machines, shorter?.maxModelLen ?? 0),
    ...liftedConstraints(question, offerings),
    gpuCount(question, machines),
    unofferedGpu(question, offerings),
  ].filter((way) => way !== undefined);
}

/** Of offerings on equal machines that meet the constraints, the cheapest and the one that most can be had of. */
function cheapestOfEachKind(
  { constraints }: Question,
  offerings: readonly ComputeOffering[],
): readonly ComputeOffering[] {
  const kept = new Map<string, ComputeOffering>();
  for (const offering of offerings) {
    const machine = machineOf(offering);
    if ("missing" in machine || offeringReasons(offering, machine, constraints).length > 0) continue;
    keep(
      kept,
      `${machine.key}|price`,
      offering,
      (a, b) => a.priceMicroDollarsPerHour < b.priceMicroDollarsPerHour,
    );
    keep(kept, `${machine.key}|most`, offering, (a, b) => (a.available ?? 0) > (b.available ?? 0));
  }
  return [...new Set(kept.values())];
}

function keep(
  kept: Map<string, ComputeOffering>,
  key: string,
  offering: ComputeOffering,
  isBetter: (a: ComputeOffering, b: ComputeOffering) => boolean,
): void {
  const known = kept.get(key);
  if (known === undefined || isBetter(offering, known)) kept.set(key, offering);
}

function bestPlan(question: Question, offerings: readonly ComputeOffering[]): Plan | undefined {
  return evaluateOfferings(question, offerings).plans[0];
}

function withDemands(question: Question, change: (demand: Demand) => Demand): Question {
  return { ...question, demands: question.demands.map(change) };
}

function fits(plan: Plan): string {
  return `it fits ${machinesOf(plan.offering, plan.nodeCount)} at ${dollars(plan.priceMicroDollarsPerHour)}/h`;
}

/** Powers of two below a number, from the largest on. */
function powersBelow(limit: number, least: number): readonly number[] {
  const powers: number[] = [];
  for (let power = 2 ** Math.ceil(Math.log2(limit) - 1); power >= least; power /= 2) powers.push(power);
  return powers.filter((power) => power < limit);
}

function context(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const longest = Math.max(...question.demands.map(({ maxModelLen }) => maxModelLen));
  for (const maxModelLen of powersBelow(longest, LEAST_CONTEXT)) {
    const shorter = withDemands(question, (demand) => ({
      ...demand,
      maxModelLen: Math.min(demand.maxModelLen, maxModelLen),
      promptTokens: Math.min(demand.promptTokens, Math.ceil(maxModelLen / 2)),
    }));
    const plan = bestPlan(shorter, offerings);
    if (plan !== undefined) {
      return { kind: "context", maxModelLen, plan, message: `with maxModelLen ${maxModelLen} ${fits(plan)}` };
    }
  }
  return undefined;
}

function concurrency(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const most = Math.max(...question.demands.map((demand) => demand.maxModelConcurrency));
  for (const maxModelConcurrency of powersBelow(most, 1)) {
    const fewer = withDemands(question, (demand) => ({
      ...demand,
      maxModelConcurrency: Math.min(demand.maxModelConcurrency, maxModelConcurrency),
    }));
    const plan = bestPlan(fewer, offerings);
    if (plan !== undefined) {
      const message = `with maxModelConcurrency ${maxModelConcurrency} ${fits(plan)}`;
      return { kind: "concurrency", maxModelConcurrency, plan, message };
    }
  }
  return undefined;
}

function kvDtype(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const plan = attempt(() =>
    bestPlan(
      withDemands(question, (demand) => ({ ...demand, kvDtype: "fp8" })),
      offerings,
    ),
  );
  if (plan === undefined) return undefined;
  return { kind: "kv-dtype", kvDtype: "fp8", plan, message: `with an FP8 KV cache ${fits(plan)}` };
}

/** With another format, and where that is not enough, with a shorter context too, if it is longer than what the format at hand allows. */
function quantizations(
  question: Question,
  offerings: readonly ComputeOffering[],
  contextAsIs: number,
): readonly WayOut[] {
  return FORMATS.flatMap((quantization): readonly WayOut[] => {
    const inFormat = attempt(() => withDemands(question, (demand) => quantized(demand, quantization)));
    if (inFormat === undefined || isSame(inFormat, question)) return [];
    const variant = `with the ${quantization === "fp8" ? "FP8" : "INT4 (AWQ)"} variant`;
    const plan = attempt(() => bestPlan(inFormat, offerings));
    if (plan !== undefined) {
      return [{ kind: "quantization", quantization, plan, message: `${variant} ${fits(plan)}` }];
    }
    const shorter = attempt(() => context(inFormat, offerings));
    return (shorter?.maxModelLen ?? 0) <= contextAsIs || shorter === undefined
      ? []
      : [
          {
            ...shorter,
            kind: "quantization",
            quantization,
            message: `${variant} and ${shorter.message.slice("with ".length)}`,
          },
        ];
  });
}

function isSame(a: Question, b: Question): boolean {
  return a.demands.every((demand, index) => demand.shape === b.demands[index]?.shape);
}

/** The model in another format, where that takes less. */
function quantized(demand: Demand, quantization: string): Demand {
  if (demand.config === undefined) return demand;
  const shape = parseModelConfig(demand.config, { quantization });
  return shape.weightsBytes < demand.shape.weightsBytes ? { ...demand, shape } : demand;
}

/** A format that the model or the runtime does not know is no way out. */
function attempt<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (ConduitError.isInstance(error)) return undefined;
    throw error;
  }
}

function liftedConstraints(question: Question, offerings: readonly ComputeOffering[]): readonly WayOut[] {
  return LIFTED.flatMap((constraint) => {
    const { [constraint]: lifted, ...constraints }: OfferingConstraints = question.constraints;
    if (lifted === undefined || lifted === false) return [];
    const plan = bestPlan({ ...question, constraints }, offerings);
    if (plan === undefined) return [];
    return [
      {
        kind: "constraint",
        constraint,
        plan,
        message: `without the constraint ${constraint} ${fits(plan)}`,
      } as const,
    ];
  });
}

/** Machines as they are offered, with more of the same GPUs at the same price for each. */
function gpuCount(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  if (question.constraints.singleDevice === true || question.constraints.numGpus !== undefined)
    return undefined;
  const larger = offerings.flatMap((offering) =>
    GPU_COUNTS.filter((count) => offering.gpuCount > 0 && count > offering.gpuCount).map((count) => ({
      ...offering,
      gpuCount: count,
      priceMicroDollarsPerHour: Math.round((offering.priceMicroDollarsPerHour / offering.gpuCount) * count),
    })),
  );
  const plan = bestPlan(question, larger);
  if (plan === undefined) return undefined;
  const price = dollars(plan.priceMicroDollarsPerHour);
  const machine = machinesOf(plan.offering, plan.nodeCount);
  const message = `on ${machine} it fits, which is not offered (${price}/h at the price per GPU of ${plan.offering.id})`;
  return { kind: "gpu-count", plan, message };
}

/** The smallest GPU of the catalogue that nobody offers and that holds everything. */
function unofferedGpu(question: Question, offerings: readonly ComputeOffering[]): WayOut | undefined {
  const [template] = offerings;
  if (template === undefined) return undefined;
  const offered = new Set(offerings.flatMap(({ gpu }) => (gpu === undefined ? [] : [resolveGpu(gpu)])));
  const { singleDevice, architecture } = question.constraints;
  const constraints: OfferingConstraints = { singleDevice, architecture };
  const consideration = considerationOf({ ...question, constraints });
  const smallest = Object.values(GPUS)
    .filter(({ name }) => !offered.has(name))
    .sort((a, b) => a.usableMemoryBytes - b.usableMemoryBytes)
    .find(({ name }) => {
      const { provider } = template;
      const offering = {
        id: name,
        provider,
        gpu: name,
        gpuCount: 1,
        priceMicroDollarsPerHour: 0,
        spot: false,
      };
      const outcome = considerOffering(offering, consideration);
      return outcome instanceof Plan && outcome.nodeCount === 1;
    });
  if (smallest === undefined) return undefined;
  const message = `on 1 x ${smallest.name} (${gib(smallest.usableMemoryBytes)}) it fits, which is not offered`;
  return { kind: "gpu", message };
}
