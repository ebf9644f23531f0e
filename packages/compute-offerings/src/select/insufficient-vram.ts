import type { ComputeOffering } from "@conduit/types";
import { largestOf, sumOf } from "../sum-of.ts";
import { considerationOf, type Question } from "./evaluate-offerings.ts";
import { InsufficientVramError, type VramShortage } from "./insufficient-vram-error.ts";
import { type Machine, machineOf } from "./machine.ts";
import { shortageOf } from "./model-shortage.ts";
import type { Planner } from "./planner.ts";
import type { Rejection, RejectionCode } from "./rejection.ts";
import { waysOut } from "./ways-out.ts";

const MEMORY: ReadonlySet<RejectionCode> = new Set(["VRAM", "SINGLE_DEVICE"]);

/** The error for offerings that fail by their memory alone; nothing where there are none. */
export function insufficientVram(
  question: Question,
  offerings: readonly ComputeOffering[],
  rejected: readonly Rejection[],
): InsufficientVramError | undefined {
  const { planner } = considerationOf(question);
  const shortages = new Map<string, VramShortage>();
  for (const { offering, reasons } of rejected) {
    if (!reasons.every(({ code }) => MEMORY.has(code))) continue;
    const machine = machineOf(offering);
    if ("missing" in machine || shortages.has(machine.key)) continue;
    shortages.set(machine.key, shortageOn(offering, machine, planner, question));
  }
  const [closest] = [...shortages.values()].sort((a, b) => missingBytes(a) - missingBytes(b));
  return closest && new InsufficientVramError(closest, waysOut(question, offerings));
}

function missingBytes({ requiredBytes, availableBytes }: VramShortage): number {
  return requiredBytes - availableBytes;
}

/** All models on one device, or the largest that does not fit alone, over as many devices as it divides. */
function shortageOn(
  offering: ComputeOffering,
  machine: Machine,
  planner: Planner,
  { constraints }: Question,
): VramShortage {
  const together = constraints.singleDevice === true;
  const models = planner.demands.map((_, model) => shortageOf(model, machine, planner, !together));
  const alone = models
    .filter(({ fitsAlone }) => !fitsAlone)
    .sort((a, b) => b.requiredBytes - a.requiredBytes);
  const short = together ? models : alone.slice(0, 1);
  const degree = largestOf(short, ({ tensorParallel }) => tensorParallel);
  return {
    offering,
    requiredBytes: together ? togetherBytes(machine, planner) : sumOf(short, (model) => model.requiredBytes),
    weightsBytes: sumOf(short, (model) => model.weightsBytes),
    kvCacheBytes: sumOf(short, (model) => model.kvCacheBytes),
    availableBytes: degree * planner.budgetBytes(machine),
    models: short,
  };
}

/** The runtime's overhead is in every model's figure, and on a device once. */
function togetherBytes(machine: Machine, planner: Planner): number {
  const models = [...planner.demands.keys()];
  const ownBytes = sumOf(models, (model) => planner.ownBytes(model, 1, machine));
  return ownBytes + planner.overheadBytes(models.length, 1, machine);
}
