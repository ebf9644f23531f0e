import type { LogOptions, NodeHold, NodeRow } from "@conduit/types";
import { type Clock, systemClock } from "./clock.ts";
import type { DeploymentProgress, DeployRequest, ReadinessReport } from "./deploy-request.ts";
import { NodeFailedError } from "./deployment-error.ts";
import type { NodeEndpoint } from "./endpoint.ts";
import { NodeLookup } from "./node-lookup.ts";
import { probeHealthPath } from "./probe-health-path.ts";
import { ProgressLines } from "./progress-lines.ts";
import type { RoutedNode } from "./routing/routed-node.ts";
import { SharedTask } from "./shared-task.ts";
import { orAborted } from "./sleep.ts";

const FIRST_POLL_INTERVAL_MS = 50;
const LAST_POLL_INTERVAL_MS = 1_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Longest time from a hold's end until the provider sees that the node has ended. */
const END_PATIENCE_MS = 10_000;

export interface DeployedNodeOptions {
  readonly request: DeployRequest;
  readonly row: NodeRow;
  readonly endpointKey: string;
  /** What keeps the node alive, at providers whose nodes end with their holders. */
  readonly hold: NodeHold | undefined;
}

/** A node that this process uses. */
export class DeployedNode implements RoutedNode {
  readonly name: string;
  readonly id: string;
  /** Called with what the node is busy with when it changes, and now and then when only how far it is does. */
  onProgress: (progress: DeploymentProgress) => void = () => {};
  /** Called when the node becomes ready, ends, or listens somewhere else. */
  onChange: () => void = () => {};
  readonly #request: DeployRequest;
  readonly #clock: Clock;
  readonly #endpointKey: string;
  readonly #hold: NodeHold | undefined;
  readonly #lookup: NodeLookup;
  readonly #untilReady = new SharedTask((signal) => this.#poll(signal));
  #baseUrl: string | undefined;
  /** How often it had been started when this process last looked. */
  #attempts: number;
  #ready = false;
  #endedAtMs: number | undefined;
  #failure: NodeFailedError | undefined;
  #lastProgress: string | undefined;
  readonly #lines = new ProgressLines();

  constructor({ request, row, endpointKey, hold }: DeployedNodeOptions) {
    this.name = row.name;
    this.id = row.externalId ?? row.name;
    this.#baseUrl = row.baseUrl;
    this.#attempts = row.attempts;
    this.#request = request;
    this.#clock = request.clock ?? systemClock;
    this.#lookup = new NodeLookup(request.provider, this.id, this.#clock);
    this.#endpointKey = endpointKey;
    this.#hold = hold;
    void hold?.ended.then(() => {
      this.#endedAtMs = this.#clock.nowMs();
      this.onChange();
    });
  }

  get ready(): boolean {
    return this.#ready && !this.#ended;
  }

  /** Whether the node would end without its holders, of which this process is one. */
  get isHeld(): boolean {
    return this.#hold !== undefined && !this.#ended;
  }

  get endpoint(): NodeEndpoint | undefined {
    if (this.#baseUrl === undefined) return undefined;
    return { nodeName: this.name, baseUrl: this.#baseUrl, key: this.#endpointKey };
  }

  /** What it was busy with when last asked. */
  get progress(): string | undefined {
    return this.#lastProgress;
  }

  /** Asks the node whether it takes requests; where it does not answer, the provider what has become of it. */
  async probe(signal: AbortSignal): Promise<boolean> {
    const { endpoint } = this;
    if (endpoint === undefined || this.#ended) return false;
    const report = await this.#probe(endpoint, signal);
    if (report === undefined) await this.lookUp(signal);
    return report?.ready === true;
  }

  /** Whether the node answers its health check at all, whatever it says, before the signal ends the wait. Never rejects. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const { endpoint } = this;
    if (endpoint === undefined || this.#ended) return false;
    try {
      await orAborted(this.#ask(endpoint, signal), signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the provider, asked now, says that the node runs where this process asks it. */
  async isSaidToRun(signal: AbortSignal): Promise<boolean> {
    return this.ready && (await this.#lookup.isRunningAt(this.#baseUrl, signal));
  }

  /** Asks the provider what has become of a node that was ready. */
  async lookUp(signal: AbortSignal): Promise<void> {
    const wasReady = this.#ready;
    try {
      await this.#askProvider(signal);
    } catch {
      // A provider that does not tell leaves everything as it is, and what the node failed with is kept.
      signal.throwIfAborted();
    }
    if (wasReady && !this.#ready) this.onChange();
  }

  /** Looks at its row again. One that was started anew, which this process may not have seen stopping, has yet to become ready. */
  follow({ attempts, baseUrl }: NodeRow): void {
    if (attempts === this.#attempts) return;
    this.#attempts = attempts;
    this.#baseUrl = baseUrl;
    if (!this.#ready) return;
    this.#ready = false;
    this.onChange();
  }

  /** It will not be used any more. */
  giveUp(error: NodeFailedError): void {
    this.#ready = false;
    this.#failure = error;
    this.onChange();
  }

  logs(options: LogOptions): AsyncIterable<string> {
    return this.#request.provider.logs(this.id, options);
  }

  /** @throws NodeFailedError when the node will not be ready (any more). */
  async untilReady(signal: AbortSignal): Promise<void> {
    if (!this.ready) await this.#untilReady.join(signal);
  }

  /**
   * Looks once whether the node is ready by now.
   *
   * @throws NodeFailedError when the node will not be ready (any more).
   */
  async check(signal: AbortSignal): Promise<void> {
    if (!this.ready && (await this.#look(signal))) this.#becomeReady();
  }

  get #ended(): boolean {
    return this.#endedAtMs !== undefined;
  }

  release(): void {
    this.#hold?.release();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    let intervalMs = FIRST_POLL_INTERVAL_MS;
    while (!(await this.#look(signal))) {
      await this.#pause(intervalMs, signal);
      intervalMs = Math.min(intervalMs * 1.5, LAST_POLL_INTERVAL_MS);
    }
    this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#report("ready");
    this.onChange();
  }

  /** Waits, but no longer than until the node ends. */
  async #pause(intervalMs: number, signal: AbortSignal): Promise<void> {
    const pauses = [this.#clock.sleep(intervalMs, signal)];
    if (this.#hold !== undefined && !this.#ended) pauses.push(this.#hold.ended);
    await Promise.race(pauses);
  }

  /** Whether the node is ready. */
  async #look(signal: AbortSignal): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    const { endpoint } = this;
    const report = endpoint && !this.#ended ? await this.#probe(endpoint, signal) : undefined;
    if (report?.failure !== undefined) throw this.#fail(report.failure, { isFinal: true });
    const progress = report === undefined ? await this.#askProvider(signal) : report.progress;
    this.#report(progress ?? "starting");
    return report?.ready ?? false;
  }

  /** What the runtime says; `undefined` when it does not answer. */
  async #probe(endpoint: NodeEndpoint, signal: AbortSignal): Promise<ReadinessReport | undefined> {
    try {
      return await this.#ask(endpoint, AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  #ask(endpoint: NodeEndpoint, signal: AbortSignal): Promise<ReadinessReport> {
    const { probe = probeHealthPath(this.#request.workload.healthPath) } = this.#request;
    return probe(endpoint, { signal });
  }

  /** What the provider is busy with. */
  async #askProvider(signal: AbortSignal): Promise<string | undefined> {
    const node = await this.#lookup.find(signal);
    if (node === undefined) return undefined;
    if (node === "gone") throw this.#fail("it has ended");
    if (node.status === "failed") {
      throw this.#fail(node.failure ?? "the provider does not say why", { cause: node.failureCause });
    }
    if (node.status === "terminating") throw this.#fail("it is being terminated");
    if (this.#clock.nowMs() - (this.#endedAtMs ?? Number.POSITIVE_INFINITY) > END_PATIENCE_MS) {
      throw this.#fail("it runs, but no longer knows that this process holds it");
    }
    // One that has stopped, or was started anew and listens somewhere else, has yet to become ready.
    if (node.baseUrl !== this.#baseUrl || node.status === "stopped") this.#ready = false;
    this.#baseUrl = node.baseUrl;
    return node.progress;
  }

  #fail(
    failure: string,
    options: { readonly isFinal?: boolean; readonly cause?: unknown } = {},
  ): NodeFailedError {
    this.#ready = false;
    this.#failure = new NodeFailedError(this.name, failure, options);
    return this.#failure;
  }

  #report(progress: string): void {
    this.#lastProgress = progress;
    if (!this.#lines.isDue(progress, performance.now())) return;
    this.onProgress({ message: progress, nodeName: this.name });
  }
}
