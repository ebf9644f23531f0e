import type { CallOptions, DeploymentRow, DeploymentStatus } from "@conduit/types";
import { Attachment } from "./attachment.ts";
import { deleteDeployment } from "./delete-deployment.ts";
import type { DeploymentProgress, UntilReadyOptions } from "./deploy-request.ts";
import type { DeployedNode } from "./deployed-node.ts";
import type { Deployment } from "./deployment.ts";
import { DeploymentClosedError, DeploymentTimeoutError, NodeFailedError } from "./deployment-error.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import type { EndpointLease, NodeEndpoint } from "./endpoint.ts";
import { leaseReady, leaseWhenReady } from "./endpoint-router.ts";
import type { Records } from "./records.ts";

/** Longest delay of Node's timers in seconds, some 25 days; a longer one would fire at once. */
const MAX_TIMER_SECONDS = (2 ** 31 - 1) / 1000;

/** A deployment in use by this process. */
export class LiveDeployment implements Deployment {
  readonly id: string;
  readonly key: string;
  #status: DeploymentStatus;
  readonly #plan: DeploymentPlan;
  readonly #records: Records;
  readonly #nodes: readonly DeployedNode[];
  readonly #attachment: Attachment;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<(progress: DeploymentProgress) => void>();
  #lastProgress = "starting";

  constructor(
    plan: DeploymentPlan,
    records: Records,
    { id, key, status }: DeploymentRow,
    nodes: readonly DeployedNode[],
  ) {
    this.id = id;
    this.key = key;
    this.#status = status;
    this.#plan = plan;
    this.#records = records;
    this.#nodes = nodes;
    this.#attachment = new Attachment(records, id, () => this.#close("deleted"));
    for (const node of nodes) node.onProgress = (progress) => this.#report(progress);
  }

  get status(): DeploymentStatus {
    return this.#status;
  }

  get endpoints(): readonly NodeEndpoint[] {
    return this.#nodes.map(({ endpoint }) => endpoint).filter((endpoint) => endpoint !== undefined);
  }

  get ready(): boolean {
    return !this.#closed.signal.aborted && this.#nodes.every(({ ready }) => ready);
  }

  async untilReady(options: UntilReadyOptions = {}): Promise<void> {
    const { timeoutSeconds, onProgress } = options;
    const timeout = new AbortController();
    const timer =
      timeoutSeconds === undefined || timeoutSeconds > MAX_TIMER_SECONDS
        ? undefined
        : setTimeout(
            () => timeout.abort(new DeploymentTimeoutError(timeoutSeconds, this.#lastProgress)),
            timeoutSeconds * 1000,
          );
    if (onProgress !== undefined) this.#listeners.add(onProgress);
    try {
      await this.#untilNodesReady(this.#waiting(options.signal, timeout.signal));
    } finally {
      clearTimeout(timer);
      if (onProgress !== undefined) this.#listeners.delete(onProgress);
    }
  }

  async acquire({ signal }: CallOptions = {}): Promise<EndpointLease> {
    this.#closed.signal.throwIfAborted();
    signal?.throwIfAborted();
    try {
      return leaseReady(this.#nodes) ?? (await leaseWhenReady(this.#nodes, this.#waiting(signal)));
    } catch (error) {
      throw this.#isEndedByDelete(error) ? new DeploymentClosedError("deleted", { cause: error }) : error;
    }
  }

  async delete(options: CallOptions = {}): Promise<void> {
    if (this.#isClosedAs("deleted")) return;
    this.#status = "DELETING";
    await deleteDeployment(this.#plan, this.#records, this.id, options);
    await this.#detach("deleted");
  }

  async dispose(): Promise<void> {
    if (!this.#closed.signal.aborted) await this.#detach("disposed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #untilNodesReady(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.ready && this.#status === "DEPLOYED") return;
    const left = new AbortController();
    const waiting = AbortSignal.any([signal, left.signal]);
    try {
      await Promise.all(this.#nodes.map((node) => node.untilReady(waiting)));
    } catch (error) {
      left.abort();
      if (this.#isEndedByDelete(error)) throw new DeploymentClosedError("deleted", { cause: error });
      // The first failure is the one to tell.
      if (error instanceof NodeFailedError) await this.#fail(error).catch(() => {});
      throw error;
    }
    this.#status = "DEPLOYED";
    await this.#records.deployed(
      this.id,
      this.#nodes.map(({ name }) => name),
    );
  }

  async #fail(error: NodeFailedError): Promise<void> {
    this.#status = "FAILED";
    const node = this.#nodes.find(({ name }) => name === error.nodeName);
    if (node !== undefined) await this.#records.nodeFailed(node.row, error.failure);
    await this.#records.deploymentStatus(this.id, "FAILED");
  }

  async #detach(reason: "disposed" | "deleted"): Promise<void> {
    this.#close(reason);
    await this.#attachment.end();
  }

  #close(reason: "disposed" | "deleted"): void {
    this.#closed.abort(new DeploymentClosedError(reason));
    for (const node of this.#nodes) node.release();
  }

  #isClosedAs(reason: "disposed" | "deleted"): boolean {
    const error: unknown = this.#closed.signal.reason;
    return error instanceof DeploymentClosedError && error.reason === reason;
  }

  /** Whether a node ended because {@link delete} is ending it, which is no failure. */
  #isEndedByDelete(error: unknown): boolean {
    return error instanceof NodeFailedError && this.#status === "DELETING";
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
