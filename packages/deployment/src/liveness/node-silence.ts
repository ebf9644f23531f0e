import type { LivenessLimits } from "./liveness-options.ts";

/** What is asked whether it lives. */
export interface CheckedNode {
  /** Whether it answers a health check at all, whatever it says; waits for that until the signal. */
  answers(signal: AbortSignal): Promise<boolean>;
}

/** Since when a node has answered no health check. */
export class NodeSilence {
  readonly #limits: LivenessLimits;
  readonly #nowMs: () => number;
  #failures = 0;
  #sinceMs: number | undefined;

  constructor(limits: LivenessLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Whether so many checks in a row were not answered in time that the node should get no requests. */
  get isSilent(): boolean {
    return this.#failures >= this.#limits.failureThreshold;
  }

  /** Whether it has been silent for as long as anybody waits. */
  get isOver(): boolean {
    return this.isSilent && this.#nowMs() - (this.#sinceMs ?? this.#nowMs()) >= this.#limits.patienceMs;
  }

  /** Begins anew. */
  reset(): void {
    this.#failures = 0;
    this.#sinceMs = undefined;
  }

  /**
   * Checks once. An answer that comes too late to count for this check still tells that the node lives: one that is busy is slow, one that
   * hangs never answers.
   *
   * @returns whether it answered in time.
   */
  async check(node: CheckedNode, signal: AbortSignal): Promise<boolean> {
    const { timeoutMs, patienceMs } = this.#limits;
    const startedAtMs = this.#nowMs();
    const open = AbortSignal.any([signal, AbortSignal.timeout(Math.max(timeoutMs, patienceMs))]);
    const answer = node.answers(open).then((answers) => {
      if (answers) this.reset();
      return answers;
    });
    const isInTime = await Promise.race([answer, isOverAfter(timeoutMs, open)]);
    if (!isInTime && !signal.aborted) {
      this.#failures++;
      this.#sinceMs ??= startedAtMs;
    }
    return isInTime;
  }
}

async function isOverAfter(timeoutMs: number, signal: AbortSignal): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  timer.unref();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  return false;
}
