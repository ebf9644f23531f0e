import type { ProviderNodeStatus } from "@conduit/types";
import type { PodHistory } from "./pod-record.ts";

/** `PodStatus` of the OpenAPI document. */
export type PodStatus = "PROVISIONING" | "STARTING" | "RUNNING" | "EXITED" | "ERROR" | "TERMINATED";

export type PodAction = "start" | "stop" | "restart" | "terminate";

/** What can be done to a pod, as the description of `podAction` says. */
export const actionsOf: Readonly<Record<PodStatus, readonly PodAction[]>> = {
  PROVISIONING: ["stop", "terminate"],
  STARTING: ["stop", "terminate"],
  RUNNING: ["stop", "restart", "terminate"],
  EXITED: ["start", "terminate"],
  ERROR: ["start", "terminate"],
  TERMINATED: [],
};

export const normalised: Readonly<Record<PodStatus, ProviderNodeStatus>> = {
  PROVISIONING: "creating",
  STARTING: "creating",
  RUNNING: "running",
  EXITED: "stopped",
  ERROR: "failed",
  TERMINATED: "terminating",
};

const NEVER_MS = Number.POSITIVE_INFINITY;

/** The time at which a pod has ended for good, or will unless something happens to it. */
function endOf({ record: { dies }, terminated }: PodHistory): number {
  return Math.min(terminated?.atMs ?? NEVER_MS, dies?.leaves === "nothing" ? dies.atMs : NEVER_MS);
}

/** What a pod is at a time; `undefined` once nothing of it is left. */
export function statusAt(history: PodHistory, nowMs: number): PodStatus | undefined {
  if (nowMs >= endOf(history)) {
    const { atMs = 0, lingersMs = 0 } = history.terminated ?? {};
    return nowMs < atMs + lingersMs ? "TERMINATED" : undefined;
  }
  return phaseAt(history, nowMs);
}

/** What a pod is before its end. */
function phaseAt(history: PodHistory, nowMs: number): PodStatus {
  const { createdAtMs, provisioningMs, startingMs, dies } = history.record;
  const power = history.power.filter(({ atMs }) => atMs <= nowMs);
  const last = power.at(-1);
  if (last?.to === "stopped") return "EXITED";
  const isDead = dies !== undefined && nowMs >= dies.atMs && (last === undefined || last.atMs < dies.atMs);
  if (isDead) return dies.leaves === "error" ? "ERROR" : "EXITED";
  // Once it has had a machine, it starts on that one.
  const startsAtMs = last?.atMs ?? createdAtMs + provisioningMs;
  if (nowMs < startsAtMs) return "PROVISIONING";
  return nowMs < startsAtMs + startingMs ? "STARTING" : "RUNNING";
}

/** When its container has started for the last time; `undefined` before it has. */
export function startedAtMs(history: PodHistory, nowMs: number): number | undefined {
  const { createdAtMs, provisioningMs } = history.record;
  const last = history.power.filter(({ to }) => to === "running").at(-1);
  const atMs = last?.atMs ?? createdAtMs + provisioningMs;
  return atMs <= nowMs ? atMs : undefined;
}

/** Number of times that a pod was started since it was created. */
export function startsOf({ power }: PodHistory): number {
  return power.filter(({ to }) => to === "running").length;
}

/** What a pod has cost until a time, in millionths of a US dollar. */
export function costAt(history: PodHistory, nowMs: number): number {
  const untilMs = Math.min(nowMs, endOf(history));
  const { record, power } = history;
  const { createdAtMs, provisioningMs, startingMs, dies } = record;
  // Whatever changes what it costs happens at one of these times.
  const changesMs = [
    createdAtMs,
    createdAtMs + provisioningMs + startingMs,
    ...power.flatMap(({ atMs }) => [atMs, atMs + startingMs]),
    dies?.atMs ?? createdAtMs,
    untilMs,
  ];
  const timesMs = [...new Set(changesMs)].filter((atMs) => atMs <= untilMs).sort((a, b) => a - b);
  let total = 0;
  for (const [index, fromMs] of timesMs.entries()) {
    const durationMs = (timesMs[index + 1] ?? fromMs) - fromMs;
    total += (rateAt(history, fromMs) * durationMs) / 3_600_000;
  }
  return total;
}

/** Millionths of a US dollar per hour. GPUs cost while the pod runs, disks always. */
export function rateAt(history: PodHistory, atMs: number): number {
  const { price } = history.record;
  const status = phaseAt(history, atMs);
  if (status === "EXITED" || status === "ERROR") return price.stoppedDiskMicroDollarsPerHour;
  const hasGpus = status === "RUNNING" && hasGpusAt(history, atMs);
  return price.runningDiskMicroDollarsPerHour + (hasGpus ? price.gpusMicroDollarsPerHour : 0);
}

export function hasGpusAt({ power }: PodHistory, nowMs: number): boolean {
  return power.filter(({ atMs }) => atMs <= nowMs).at(-1)?.withoutGpu !== true;
}
