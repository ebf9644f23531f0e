import type { ComputeOffering } from "@conduit/types";
import { dollars, gib, rate, roundedDollars, table } from "./format.ts";
import type { PlanJson } from "./plan-json.ts";

/** Machines of an offering as people call them: `2 x A40`, or `3 machines of 2 x A40`. */
export function machinesOf({ gpu, gpuCount, cpuCount }: ComputeOffering, nodeCount: number): string {
  const one =
    gpuCount === 0
      ? cpuCount === undefined
        ? "CPU machine"
        : `CPU machine with ${cpuCount} cores`
      : `${gpuCount} x ${gpu ?? "GPU"}`;
  if (nodeCount === 1) return one;
  if (gpuCount === 1) return `${nodeCount} x ${gpu ?? "GPU"}`;
  return `${nodeCount} machines of ${one}`;
}

/** A plan as tables for people. */
export function explainPlan(plan: PlanJson): string {
  const { offering, nodeCount, priceMicroDollarsPerHour } = plan;
  const place = [
    offering.provider,
    offering.id,
    offering.region,
    offering.spot ? "spot" : "on demand",
    plan.replicas > 1 ? `${plan.replicas} replicas` : undefined,
  ].filter(Boolean);
  const head = `${machinesOf(offering, nodeCount)} at ${dollars(priceMicroDollarsPerHour)}/h (${place.join(", ")})`;
  return [head, memoryTable(plan), deviceTable(plan), speedTable(plan)].join("\n\n");
}

function memoryTable({ models }: PlanJson): string {
  return table(
    ["memory per GPU", "copies", "GPUs each", "weights", "KV cache", "activations", "overhead"],
    models.map((model) => [
      model.id,
      model.copies,
      model.tensorParallel,
      gib(model.weightsBytes),
      gib(model.kvCacheBytes),
      gib(model.activationBytes),
      gib(model.overheadBytes),
    ]),
  );
}

/** Devices that hold the same share a row. */
function deviceTable({ gpus, nodeCount }: PlanJson): string {
  const rows = new Map<string, string[]>();
  for (const { node, gpu, usedBytes, budgetBytes, models } of gpus) {
    const cells = [gib(usedBytes), gib(budgetBytes), gib(budgetBytes - usedBytes), models.join(" + ")];
    const row = rows.get(cells.join()) ?? ["", ...cells];
    row[0] += `${row[0] && ", "}${nodeCount === 1 ? "" : `${node}.`}${gpu}`;
    rows.set(cells.join(), row);
  }
  return table(["device", "used", "of", "free", "models"], [...rows.values()]);
}

function speedTable({ speeds, microDollarsPerMillionTokens }: PlanJson): string {
  if (speeds === null) return "Speed unknown: the catalogue lacks this device.";
  const rows = speeds.map((speed) => [
    speed.id,
    rate(speed.tokensPerSecond),
    rate(speed.tokensPerSecondPerSequence),
    `${rate(speed.timeToFirstTokenMs)} ms`,
    speed.promptTokens,
    speed.bound,
  ]);
  const head = ["at most", "tokens/s", "per sequence", "first token", "of a prompt of", "bound by"];
  const price =
    microDollarsPerMillionTokens === null
      ? ""
      : `\n\nAt least ${roundedDollars(microDollarsPerMillionTokens)} per million tokens of answers, every sequence busy.`;
  return `${table(head, rows)}${price}`;
}
