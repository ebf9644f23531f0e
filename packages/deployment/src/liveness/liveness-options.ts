import { MAX_TIMER_SECONDS } from "../deadline.ts";
import { InvalidDeployRequestError } from "../deployment-error.ts";

/** When a node that was ready counts as hanging. */
export interface LivenessOptions {
  /** Time in seconds from one health check of a node to the next. Default 10. */
  readonly intervalSeconds?: number | undefined;
  /** Time in seconds within which a node has to answer one. Default 10. */
  readonly timeoutSeconds?: number | undefined;
  /** Checks in a row that a node has not answered in time, after which it gets no requests until it answers. Default 3. */
  readonly failureThreshold?: number | undefined;
  /**
   * Time in seconds without an answer to any check, however late, after which a node counts as failed: it is ended and replaced. Default 120.
   */
  readonly patienceSeconds?: number | undefined;
}

export interface LivenessLimits {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
  readonly patienceMs: number;
}

/** @throws InvalidDeployRequestError when a limit is none, or more than timers can wait. */
export function livenessLimits(options: LivenessOptions = {}): LivenessLimits {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (value > 0 && value <= MAX_TIMER_SECONDS)) continue;
    throw new InvalidDeployRequestError(
      `expected liveness.${name} to be a number above 0, and at most ${Math.floor(MAX_TIMER_SECONDS)}, but found ${value}`,
    );
  }
  const { intervalSeconds = 10, timeoutSeconds = 10, failureThreshold = 3, patienceSeconds = 120 } = options;
  return {
    intervalMs: intervalSeconds * 1000,
    timeoutMs: timeoutSeconds * 1000,
    failureThreshold,
    patienceMs: patienceSeconds * 1000,
  };
}
