import type { CallOptions, DeploymentStatus, LogOptions } from "@conduit/types";
import { Attendance } from "./attendance.ts";
import { Deadline } from "./deadline.ts";
import type { DeploymentProgress, DeployOptions, UntilReadyOptions } from "./deploy-request.ts";
import type {
  Deployment,
  DeploymentAcquireOptions,
  DeploymentCost,
  DeploymentHealth,
  DeploymentUpdate,
  NodeLogLine,
} from "./deployment.ts";
import type { DeploymentControl } from "./deployment-control.ts";
import { DeploymentClosedError, DeploymentStoppedError, DeploymentTimeoutError } from "./deployment-error.ts";
import type { EndpointLease, NodeEndpoint } from "./endpoint.ts";
import { livenessLimits } from "./liveness/liveness-options.ts";
import { NodeWatch } from "./liveness/node-watch.ts";
import { mergeLogs } from "./merge-logs.ts";
import { costOf, deleteDeployment, healthOf, restart, scale, stop, update, wakeUp } from "./operations.ts";
import { replaceNode, untilReady } from "./readiness.ts";
import { SharedTask } from "./shared-task.ts";

/** A deployment in use by this process. */
export class LiveDeployment implements Deployment {
  readonly #control: DeploymentControl;
  readonly #attendance: Attendance;
  readonly #watch: NodeWatch;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<(progress: DeploymentProgress) => void>();
  readonly #untilReady: SharedTask;
  readonly #waking: SharedTask;
  /** How often this process has stopped the deployment, or scaled it down to nothing. */
  #stops = 0;
  #isDeleted = false;
  #disposing: Promise<void> | undefined;
  #lastProgress = "starting";

  constructor(control: DeploymentControl) {
    this.#control = control;
    control.onProgress = (progress) => this.#report(progress);
    this.#attendance = new Attendance(control, () => this.#close("deleted"));
    this.#watch = new NodeWatch({
      limits: livenessLimits(control.plan.request.liveness),
      nodes: () => control.pool.nodes.filter(({ ready }) => ready),
      setAside: ({ name }, cause) => control.pool.router.setAside(name, cause),
      replace: (error, signal) => replaceNode(control, error, signal),
    });
    this.#untilReady = new SharedTask((signal) => untilReady(control, signal));
    this.#waking = new SharedTask((signal) => wakeUp(control, { signal }));
  }

  get id(): string {
    return this.#control.id;
  }

  get key(): string {
    return this.#control.deployment.key;
  }

  get status(): DeploymentStatus {
    return this.#isClosedAs("deleted") ? "DELETING" : this.#control.deployment.status;
  }

  get replicas(): number {
    return this.#control.deployment.replicas;
  }

  get endpoints(): readonly NodeEndpoint[] {
    return this.#control.pool.endpoints;
  }

  get ready(): boolean {
    return !this.#closed.signal.aborted && this.#control.pool.ready;
  }

  async untilReady(options: UntilReadyOptions = {}): Promise<void> {
    const { timeoutSeconds, onProgress } = options;
    const deadline = new Deadline(
      timeoutSeconds,
      (seconds) => new DeploymentTimeoutError(seconds, this.#lastProgress),
    );
    if (onProgress !== undefined) this.#listeners.add(onProgress);
    try {
      await this.#untilReady.join(this.#waiting(options.signal, deadline.signal));
    } finally {
      deadline.end();
      if (onProgress !== undefined) this.#listeners.delete(onProgress);
    }
  }

  async acquire({ wake = true, ...options }: DeploymentAcquireOptions = {}): Promise<EndpointLease> {
    this.#closed.signal.throwIfAborted();
    options.signal?.throwIfAborted();
    this.#control.demand();
    // What this process stops while a request waits is not for the request to wake.
    const stops = this.#stops;
    const mayWake = () => wake && stops === this.#stops;
    if (this.#isAsleep) {
      if (!wake) throw new DeploymentStoppedError();
      await this.#use((signal) => this.#wake(mayWake, signal), options);
    }
    const left = new AbortController();
    const signal = this.#waiting(options.signal, left.signal);
    const lent = this.#control.pool.router.acquire({ ...options, signal });
    let isSeenTo = false;
    const seeTo = async () => {
      if (isSeenTo) return;
      isSeenTo = true;
      await this.#seeToNodes(mayWake, signal).catch((error: unknown) => left.abort(error));
      isSeenTo = false;
    };
    const forget = this.#control.pool.onChange(seeTo);
    void seeTo();
    try {
      return await lent;
    } finally {
      forget();
      left.abort();
    }
  }

  health(options: CallOptions = {}): Promise<DeploymentHealth> {
    return this.#use((signal) => healthOf(this.#control, { signal }), options);
  }

  scale(replicas: number, options: CallOptions = {}): Promise<void> {
    if (replicas === 0) this.#stops++;
    return this.#use((signal) => scale(this.#control, replicas, { signal }), options);
  }

  update(change: DeploymentUpdate, options: CallOptions = {}): Promise<void> {
    return this.#use((signal) => update(this.#control, change, signal), options);
  }

  stop({ onProgress, ...options }: DeployOptions = {}): Promise<void> {
    this.#stops++;
    return this.#use((signal) => stop(this.#control, { signal, onProgress }), options);
  }

  restart(options: CallOptions = {}): Promise<void> {
    return this.#use((signal) => restart(this.#control, { signal }), options);
  }

  cost(options: CallOptions = {}): Promise<DeploymentCost> {
    return this.#use((signal) => costOf(this.#control, { signal }), options);
  }

  async *logs(options: LogOptions = {}): AsyncGenerator<NodeLogLine, void, undefined> {
    this.#closed.signal.throwIfAborted();
    yield* mergeLogs(
      this.#control.pool.nodes.map((node) => ({
        nodeName: node.name,
        lines: (left: AbortSignal) => node.logs({ ...options, signal: this.#waiting(options.signal, left) }),
      })),
    );
  }

  async delete(options: CallOptions = {}): Promise<void> {
    if (this.#isDeleted) return;
    this.#close("deleted");
    await deleteDeployment(this.#control, options);
    this.#isDeleted = true;
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    await Promise.all([this.#attendance.end(), this.#watch.end()]);
    const { provider } = this.#control.plan.request;
    const { keep, idleTimeoutSeconds } = this.#control.deployment;
    // Where nodes end with their last holder, the state ends with it too.
    const endsWithLast = provider.capabilities.endsWithHolders && !keep && idleTimeoutSeconds === 0;
    let isLast: boolean;
    try {
      isLast = await this.#control.leave({ endsWithLast });
    } finally {
      // Whoever could not be told finds out when the attachment is over.
      this.#close("disposed");
    }
    if (isLast) await this.#control.converge(() => false, {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  get #isAsleep(): boolean {
    const { status, replicas } = this.#control.deployment;
    return status === "STOPPED" || replicas === 0;
  }

  /** Somebody has to see to it that nodes come up for a request that waits; if they cannot or shall not, there is nothing to wait for. */
  async #seeToNodes(mayWake: () => boolean, signal: AbortSignal): Promise<void> {
    while (!this.#control.pool.nodes.some(({ ready }) => ready)) {
      try {
        if (this.#isAsleep) throw new DeploymentStoppedError();
        await this.#untilReady.join(signal);
        return;
      } catch (error) {
        if (!DeploymentStoppedError.isInstance(error) || !mayWake()) throw error;
        await this.#wake(mayWake, signal);
      }
    }
  }

  /** Wakes the deployment, which another program has stopped; it may do so again. */
  async #wake(mayWake: () => boolean, signal: AbortSignal): Promise<void> {
    try {
      await this.#waking.join(signal);
    } catch (error) {
      if (!DeploymentStoppedError.isInstance(error) || !mayWake()) throw error;
    }
  }

  /** Does something with the deployment for as long as it is in use. */
  async #use<T>(action: (signal: AbortSignal) => Promise<T>, { signal }: CallOptions): Promise<T> {
    this.#closed.signal.throwIfAborted();
    signal?.throwIfAborted();
    return action(this.#waiting(signal));
  }

  #close(reason: "disposed" | "deleted"): void {
    void this.#attendance.end();
    void this.#watch.end();
    const error = new DeploymentClosedError(reason);
    this.#closed.abort(error);
    this.#control.pool.router.close(error);
    this.#control.release();
  }

  #isClosedAs(reason: "disposed" | "deleted"): boolean {
    const error: unknown = this.#closed.signal.reason;
    return error instanceof DeploymentClosedError && error.reason === reason;
  }

  /** Ends with the first of the signals, and with this deployment. */
  #waiting(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
    return AbortSignal.any([this.#closed.signal, ...signals.filter((signal) => signal !== undefined)]);
  }

  #report(progress: DeploymentProgress): void {
    this.#lastProgress = progress.message;
    for (const listener of this.#listeners) listener(progress);
  }
}
