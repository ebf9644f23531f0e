import {
  type LogOptions,
  type NodeHold,
  type NodeRow,
  ProviderError,
  type ProviderNode,
} from "@conduit/types";
import { type Clock, systemClock } from "./clock.ts";
import type { DeploymentProgress, DeployRequest, ReadinessReport } from "./deploy-request.ts";
import { NodeFailedError } from "./deployment-error.ts";
import type { NodeEndpoint } from "./endpoint.ts";
import type { RoutedNode } from "./routing/routed-node.ts";
import { SharedTask } from "./shared-task.ts";

const FIRST_POLL_INTERVAL_MS = 50;
const LAST_POLL_INTERVAL_MS = 1_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Longest time from a hold's end until the provider sees that the node has ended. */
const END_PATIENCE_MS = 10_000;
/** Looks in a row at which the provider asks to come back later, after which that is the last word. */
const MOST_PROVIDER_FAILURES = 30;

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
  /** Called with what the node is busy with, each time it changes. */
  onProgress: (progress: DeploymentProgress) => void = () => {};
  /** Called when the node becomes ready, ends, or listens somewhere else. */
  onChange: () => void = () => {};
  readonly #request: DeployRequest;
  readonly #clock: Clock;
  readonly #endpointKey: string;
  readonly #hold: NodeHold | undefined;
  readonly #untilReady = new SharedTask((signal) => this.#poll(signal));
  #baseUrl: string | undefined;
  #ready = false;
  #endedAtMs: number | undefined;
  #missingSinceMs: number | undefined;
  #providerFailures = 0;
  #failure: NodeFailedError | undefined;
  #lastProgress: string | undefined;

  constructor({ request, row, endpointKey, hold }: DeployedNodeOptions) {
    this.name = row.name;
    this.id = row.externalId ?? row.name;
    this.#baseUrl = row.baseUrl;
    this.#request = request;
    this.#clock = request.clock ?? systemClock;
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
    if (report === undefined) await this.#lookUp(signal);
    return report?.ready === true;
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
    const { probe = probeHealthPath(this.#request.workload.healthPath) } = this.#request;
    try {
      return await probe(endpoint, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
      });
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** Notes what has become of a node that was ready. */
  async #lookUp(signal: AbortSignal): Promise<void> {
    const wasReady = this.#ready;
    try {
      await this.#askProvider(signal);
    } catch {
      // A provider that does not tell leaves everything as it is, and what the node failed with is kept.
      signal.throwIfAborted();
    }
    if (wasReady && !this.#ready) this.onChange();
  }

  /** What the provider is busy with. */
  async #askProvider(signal: AbortSignal): Promise<string | undefined> {
    const node = await this.#findNode(signal);
    if (node === undefined) return undefined;
    if (node.status === "failed") throw this.#fail(node.failure ?? "the provider does not say why");
    if (node.status === "terminating") throw this.#fail("it is being terminated");
    if (this.#clock.nowMs() - (this.#endedAtMs ?? Number.POSITIVE_INFINITY) > END_PATIENCE_MS) {
      throw this.#fail("it runs, but no longer knows that this process holds it");
    }
    // One that has stopped, or was started anew and listens somewhere else, has yet to become ready.
    if (node.baseUrl !== this.#baseUrl || node.status === "stopped") this.#ready = false;
    this.#baseUrl = node.baseUrl;
    return node.progress;
  }

  /** The node as its provider shows it; `undefined` while nothing is certain. */
  async #findNode(signal: AbortSignal): Promise<ProviderNode | undefined> {
    const { provider } = this.#request;
    let node: ProviderNode | undefined;
    try {
      node = await provider.getNode(this.id, { signal });
    } catch (error) {
      const isPassing = ProviderError.isInstance(error) && error.retry === "later";
      if (!isPassing || ++this.#providerFailures >= MOST_PROVIDER_FAILURES) throw error;
      return undefined;
    }
    this.#providerFailures = 0;
    if (node !== undefined) {
      this.#missingSinceMs = undefined;
      return node;
    }
    // One that was only just created may not be visible yet.
    const nowMs = this.#clock.nowMs();
    this.#missingSinceMs ??= nowMs;
    if (nowMs - this.#missingSinceMs >= provider.capabilities.visibilityWindowMs)
      throw this.#fail("it has ended");
    return undefined;
  }

  #fail(failure: string, options: { readonly isFinal?: boolean } = {}): NodeFailedError {
    this.#ready = false;
    this.#failure = new NodeFailedError(this.name, failure, options);
    return this.#failure;
  }

  #report(progress: string): void {
    if (progress === this.#lastProgress) return;
    this.#lastProgress = progress;
    this.onProgress({ message: progress, nodeName: this.name });
  }
}

function probeHealthPath(path: string) {
  return async (
    { baseUrl, key }: NodeEndpoint,
    options: { readonly signal: AbortSignal },
  ): Promise<ReadinessReport> => {
    const response = await fetch(`${baseUrl}${path}`, {
      signal: options.signal,
      headers: { authorization: `Bearer ${key}` },
    });
    await response.body?.cancel();
    return { ready: response.ok };
  };
}
