import type { Clock } from "../clock.ts";
import { orAborted } from "../sleep.ts";
import type { RoutedNode } from "./routed-node.ts";

const FIRST_PROBE_INTERVAL_MS = 50;
const LAST_PROBE_INTERVAL_MS = 1_000;
const PROBE_TIMEOUT_MS = 5_000;

/** The time from a node's failure to answer until its probe answers again. */
export class NodeOutage {
  readonly baseUrl: string;
  readonly cause: unknown;
  readonly sinceMs: number;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #isProbing = false;
  #nextProbeMs: number;
  #intervalMs = FIRST_PROBE_INTERVAL_MS;

  constructor(baseUrl: string, cause: unknown, clock: Clock) {
    this.baseUrl = baseUrl;
    this.cause = cause;
    this.#clock = clock;
    this.sinceMs = clock.nowMs();
    // At once: where only a connection was stale, the node answers.
    this.#nextProbeMs = this.sinceMs;
  }

  /** When to probe next; absent while a probe is under way. */
  get nextProbeMs(): number | undefined {
    return this.#isProbing ? undefined : this.#nextProbeMs;
  }

  /** Ends a probe that is under way; its outcome does not matter any more. */
  end(): void {
    this.#over.abort();
  }

  /** Whether the node answers again. Never rejects. */
  async probe(node: RoutedNode): Promise<boolean> {
    this.#isProbing = true;
    const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    try {
      return await orAborted(node.probe(signal), signal);
    } catch {
      return false;
    } finally {
      this.#isProbing = false;
      this.#nextProbeMs = this.#clock.nowMs() + this.#intervalMs;
      this.#intervalMs = Math.min(this.#intervalMs * 2, LAST_PROBE_INTERVAL_MS);
    }
  }
}
