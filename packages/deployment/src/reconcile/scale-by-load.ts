import type { DeploymentRow } from "@conduit/types";

/** Time in milliseconds for which fewer nodes have to do before there are fewer. */
const COOLDOWN_MS = 60_000;

/**
 * The deployment with as many replicas as `outstanding` requests need: more at once, fewer only after a while, and none no earlier than an
 * unused node would end by itself.
 */
export function scaleByLoad(deployment: DeploymentRow, outstanding: number, nowMs: number): DeploymentRow {
  const { scaling, replicas, lowLoadSinceMs, idleTimeoutSeconds } = deployment;
  if (scaling === undefined) return deployment;
  const needed = Math.ceil(outstanding / scaling.targetOutstanding);
  const wanted = Math.min(scaling.max, Math.max(scaling.min, needed));
  if (wanted > replicas) return withReplicas(deployment, wanted);
  if (wanted === replicas) {
    return lowLoadSinceMs === undefined ? deployment : { ...deployment, lowLoadSinceMs: undefined };
  }
  if (lowLoadSinceMs === undefined) return { ...deployment, lowLoadSinceMs: nowMs };
  const cooldownMs = wanted === 0 ? Math.max(COOLDOWN_MS, idleTimeoutSeconds * 1000) : COOLDOWN_MS;
  return nowMs - lowLoadSinceMs < cooldownMs ? deployment : withReplicas(deployment, wanted);
}

/** The deployment with another number of nodes, planned at the price of before. */
export function withReplicas(deployment: DeploymentRow, replicas: number): DeploymentRow {
  return { ...deployment, replicas, lowLoadSinceMs: undefined };
}
