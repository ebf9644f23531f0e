import type { ProviderNodeStatus } from "@conduit/types";

/** Whose nodes are, unless a fault says otherwise. */
export const THE_ACCOUNT = "the account";

/** What a stand-in knows of a node from its creation on. Never changed. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  /** Whose it is; other accounts do not see it. */
  readonly account: string;
  readonly offeringId: string;
  readonly createdAtMs: number;
  readonly appearsAtMs: number;
  readonly priceMicroDollarsPerHour: number;
  readonly env: Readonly<Record<string, string>>;
  readonly dies?: { readonly atMs: number; readonly leaves: "failed" | "nothing" | "stopped" } | undefined;
  readonly maxLifetimeMs?: number | undefined;
}

/** A time at which a node was stopped or started. */
export interface PowerChange {
  readonly atMs: number;
  readonly to: "stopped" | "running";
}

/** A node with all that has happened to it. */
export interface NodeHistory {
  readonly record: NodeRecord;
  /** From the oldest on. */
  readonly power: readonly PowerChange[];
  readonly terminatedAtMs: number | undefined;
}

const NEVER_MS = Number.POSITIVE_INFINITY;

/** The time at which a node has ended, or will unless something happens to it. */
function endOf({ record, power, terminatedAtMs = NEVER_MS }: NodeHistory): number {
  const { dies, createdAtMs, maxLifetimeMs = NEVER_MS } = record;
  const last = power.at(-1);
  const lifetimeEndMs = last?.to === "stopped" ? NEVER_MS : (last?.atMs ?? createdAtMs) + maxLifetimeMs;
  return Math.min(terminatedAtMs, dies?.leaves === "nothing" ? dies.atMs : NEVER_MS, lifetimeEndMs);
}

/** What a node is at a time; `undefined` once it has ended. */
export function statusAt(history: NodeHistory, nowMs: number): ProviderNodeStatus | undefined {
  if (nowMs >= endOf(history)) return undefined;
  const { dies, createdAtMs } = history.record;
  const last = history.power.at(-1);
  if (dies?.leaves === "stopped" && nowMs - (last?.atMs ?? createdAtMs) >= dies.atMs - createdAtMs) {
    return "stopped";
  }
  if (dies?.leaves === "failed" && nowMs >= dies.atMs) return "failed";
  return last?.to ?? "running";
}

/** What a node has cost until a time, in millionths of a US dollar. A stopped one costs nothing. */
export function costAt(history: NodeHistory, nowMs: number): number {
  const endMs = Math.min(nowMs, endOf(history));
  const { createdAtMs, priceMicroDollarsPerHour } = history.record;
  let runningMs = 0;
  let sinceMs: number | undefined = createdAtMs;
  for (const { atMs, to } of [...history.power, { atMs: endMs, to: "stopped" } as const]) {
    if (sinceMs !== undefined) runningMs += Math.max(0, Math.min(atMs, endMs) - sinceMs);
    sinceMs = to === "running" ? atMs : undefined;
  }
  return (priceMicroDollarsPerHour * runningMs) / 3_600_000;
}
