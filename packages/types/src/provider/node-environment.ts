import type { NodeSpec } from "./compute-provider.ts";

/**
 * The environment that a provider starts a node's program with: the workload's, its secrets, and the limits after which the
 * program ends itself, as `CONDUIT_IDLE_TIMEOUT_SECONDS` and `CONDUIT_MAX_LIFETIME_SECONDS`.
 */
export function nodeEnvironment(spec: NodeSpec): Record<string, string> {
  const { workload, idleTimeoutSeconds, maxLifetimeSeconds } = spec;
  return {
    ...workload.env,
    ...workload.secretEnv,
    ...(idleTimeoutSeconds !== undefined && { CONDUIT_IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds) }),
    ...(maxLifetimeSeconds !== undefined && { CONDUIT_MAX_LIFETIME_SECONDS: String(maxLifetimeSeconds) }),
  };
}
