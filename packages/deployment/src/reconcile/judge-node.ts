import { isDeepStrictEqual } from "node:util";
import type { NodeRow, ProviderNode } from "@conduit/types";
import {
  type Effect,
  type Facts,
  type Farewell,
  isCurrent,
  lives,
  type RowChange,
  wantsNodes,
} from "./facts.ts";

/** Longest time in milliseconds that a living process may take to have a node created. */
export const CREATE_PATIENCE_MS = 15 * 60_000;
/** Longest time in seconds that a node which others replace has for the requests that it answers, where the deployment does not say. */
const DRAIN_TIMEOUT_SECONDS = 300;
/** The same in milliseconds for a node whose successor comes only when it is gone, as after a restart: until then requests wait. */
const WAITED_FOR_LIMIT_MS = 60_000;
/** Time in milliseconds within which every attached process looks at the rows again. */
export const NOTICE_MS = 5_000;
/** Time in milliseconds from its start before which no node counts as one that has ended since nobody used it. */
const SHORTEST_IDLE_MS = 60_000;
/** Share by which a price may be above the plan, for rounding. */
const PRICE_TOLERANCE = 0.01;

/** What the provider's word on a node means for its row. */
export interface Verdict {
  /** The row from now on; `undefined` when it goes. */
  readonly row: NodeRow | undefined;
  readonly change?: RowChange;
  readonly farewell?: Farewell;
  readonly effect?: Effect;
  readonly waiting?: boolean;
  /** Why the node was no good. */
  readonly failure?: string;
  /** Why the whole deployment is none. */
  readonly fatal?: string;
}

/** Compares a row with what the provider says of its node. */
export function judgeNode(facts: Facts, row: NodeRow): Verdict {
  const node = facts.observation.seen.get(row.name);
  if (node !== undefined) return judgePresent(facts, row, node);
  if (facts.observation.absent.has(row.name)) return judgeAbsent(facts, row);
  // It came up after the provider was asked.
  return { row, waiting: true };
}

function judgePresent(facts: Facts, old: NodeRow, node: ProviderNode): Verdict {
  const row = seen(facts, old, node);
  const change = sameRow(old, row) ? undefined : { row };
  switch (row.status) {
    case "PROVISIONING":
    case "PROVISIONED":
    case "DEPLOYED": {
      const excess = excessivePrice(row);
      if (excess !== undefined) return { ...ending(facts, row, excess), fatal: excess };
      if (node.status === "failed") {
        const failure = node.failure ?? "the provider does not say why";
        return { ...ending(facts, row, failure), failure };
      }
      if (node.status === "terminating") return { ...ending(facts, row, "somebody else is ending it") };
      if (node.status === "stopped")
        return hasEndedEarly(facts, row) ? early(facts, row) : asleep(facts, row);
      if (row.status !== "PROVISIONING") return { row, ...(change && { change }) };
      const found: NodeRow = { ...row, status: "PROVISIONED", creatorId: undefined };
      return {
        row: found,
        change: { row: found, event: "node-adopt", detail: "it was found at the provider" },
      };
    }
    case "STOPPED": {
      if (node.status === "failed" || node.status === "terminating")
        return ending(facts, row, "it cannot be started again");
      if (!lives(node) || !wantsNodes(facts.deployment)) return { row, ...(change && { change }) };
      // Whoever started it could not write it down, or has yet to.
      const started: NodeRow = { ...row, status: "PROVISIONED", attempts: row.attempts + 1 };
      return { row: started, change: { row: started, event: "node-start", detail: "it runs already" } };
    }
    case "FAILED":
      return { ...ending(facts, row, row.lastError ?? "it failed"), failure: row.lastError ?? "it failed" };
    case "DELETING":
      if (node.status === "terminating" || isDraining(facts, row))
        return { row, waiting: true, ...(change && { change }) };
      return { row, effect: { kind: "terminate", row, id: node.id }, ...(change && { change }) };
  }
}

/**
 * Whether a node that others replace still answers requests, of this process as far as it knows, of others as far as they say; or somebody
 * may not have seen yet that it goes.
 */
function isDraining(facts: Facts, row: NodeRow): boolean {
  const { nowMs, deployment, attachmentIds, ownAttachmentId, busy, nodesInUse } = facts;
  if (!wantsNodes(deployment)) return false;
  const ageMs = nowMs - row.updatedAtMs;
  if (ageMs >= drainLimitMs(facts, row)) return false;
  if (busy.has(row.name) || nodesInUse.has(row.name)) return true;
  const othersUseIt = [...attachmentIds].some((id) => id !== ownAttachmentId);
  return othersUseIt && ageMs < NOTICE_MS;
}

function drainLimitMs({ deployment, nodes }: Facts, row: NodeRow): number {
  const limitMs = (deployment.drainTimeoutSeconds ?? DRAIN_TIMEOUT_SECONDS) * 1000;
  const staying = nodes.filter((each) => isCurrent(deployment, each) && each.status !== "DELETING");
  // Of two that take each other's place one is there at a time.
  const isWaitedFor = isCurrent(deployment, row) && staying.length < deployment.replicas;
  return isWaitedFor ? Math.min(limitMs, WAITED_FOR_LIMIT_MS) : limitMs;
}

/**
 * Whether a node that was to become ready has ended by itself instead, too soon for one that nobody has used. It may have said that all is
 * well, with exit code 0, and would do so again each time it is started.
 */
function hasEndedEarly(
  { nowMs, deployment }: Facts,
  { status, billedSinceMs, updatedAtMs }: NodeRow,
): boolean {
  if (!wantsNodes(deployment) || status === "DEPLOYED") return false;
  const idleMs = Math.max(deployment.idleTimeoutSeconds * 1000, SHORTEST_IDLE_MS);
  return nowMs - (billedSinceMs ?? updatedAtMs) < idleMs;
}

function early(facts: Facts, row: NodeRow): Verdict {
  const failure =
    "it ended by itself before it was ready, without saying that it failed; its log may tell why";
  return { ...ending(facts, row, failure), failure };
}

/** A node that stopped without being asked to, as one does that nobody has used for long. */
function asleep(facts: Facts, row: NodeRow): Verdict {
  if (!facts.canStop) return ending(facts, row, "it ended");
  const stopped: NodeRow = { ...row, status: "STOPPED", creatorId: undefined, billedSinceMs: undefined };
  return { row: stopped, change: { row: stopped, event: "node-stop", detail: "it has stopped by itself" } };
}

function judgeAbsent(facts: Facts, row: NodeRow): Verdict {
  const { nowMs, visibilityWindowMs, attachmentIds } = facts;
  const isBeingCreated = row.creatorId !== undefined && attachmentIds.has(row.creatorId);
  if (isBeingCreated && nowMs - row.createdAtMs < CREATE_PATIENCE_MS) return { row, waiting: true };
  if (row.status === "DELETING" && row.externalId !== undefined) {
    return { row: undefined, farewell: { row, reason: "it was ended", tombstone: visibilityWindowMs > 0 } };
  }
  if (row.missingSinceMs === undefined) {
    const missing = { ...row, missingSinceMs: nowMs };
    return { row: missing, change: { row: missing }, waiting: true };
  }
  if (nowMs - row.missingSinceMs < visibilityWindowMs) return { row, waiting: true };
  const wasThere = row.externalId !== undefined;
  const reason = wasThere ? "it is not there any more" : "it was asked for and never seen";
  const tombstone = visibilityWindowMs > 0 || !wasThere;
  // One that was ready may simply have gone to sleep; of one whose creator died nobody knows what became.
  const isLoss = wasThere
    ? row.status !== "DEPLOYED" && row.status !== "STOPPED"
    : row.lastError !== undefined;
  return {
    row: undefined,
    farewell: { row, reason, tombstone },
    ...(isLoss && row.status !== "DELETING" && { failure: row.lastError ?? "it ended before it was ready" }),
  };
}

/** From here on the node only goes. */
function ending(facts: Facts, row: NodeRow, reason: string): Verdict {
  const deleting = toDeleting(row, reason, facts.nowMs);
  const node = facts.observation.seen.get(row.name);
  return {
    row: deleting,
    change: { row: deleting, event: "node-delete", detail: reason },
    ...(node && { effect: { kind: "terminate", row: deleting, id: node.id } }),
  };
}

export function toDeleting(row: NodeRow, reason: string, nowMs: number): NodeRow {
  return { ...row, status: "DELETING", lastError: reason, updatedAtMs: nowMs };
}

/** The row with what the provider states. */
function seen({ nowMs }: Facts, row: NodeRow, node: ProviderNode): NodeRow {
  return {
    ...row,
    externalId: node.id,
    missingSinceMs: undefined,
    // Where one listened that has stopped, another may listen by the time it is started again.
    baseUrl: node.baseUrl ?? (lives(node) ? row.baseUrl : undefined),
    portMap: node.portMap ?? row.portMap,
    actualPriceMicroDollarsPerHour: node.priceMicroDollarsPerHour ?? row.actualPriceMicroDollarsPerHour,
    billedSinceMs: row.billedSinceMs ?? (lives(node) ? nowMs : undefined),
  };
}

function sameRow(a: NodeRow, b: NodeRow): boolean {
  return (
    a.externalId === b.externalId &&
    a.missingSinceMs === b.missingSinceMs &&
    a.baseUrl === b.baseUrl &&
    isDeepStrictEqual(a.portMap, b.portMap) &&
    a.actualPriceMicroDollarsPerHour === b.actualPriceMicroDollarsPerHour &&
    a.billedSinceMs === b.billedSinceMs
  );
}

/** Says so where a node costs more than planned. */
export function excessivePrice(row: NodeRow, node?: ProviderNode): string | undefined {
  const planned = row.plannedPriceMicroDollarsPerHour;
  const actual = node?.priceMicroDollarsPerHour ?? row.actualPriceMicroDollarsPerHour;
  if (actual === undefined || actual <= planned * (1 + PRICE_TOLERANCE)) return undefined;
  return `expected it to cost at most ${dollars(planned)} an hour as planned, but the provider asks ${dollars(actual)}`;
}

function dollars(microDollars: number): string {
  return `$${(microDollars / 1e6).toFixed(4).replace(/0{1,2}$/, "")}`;
}
