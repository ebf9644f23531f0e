import { type Clock, systemClock } from "../clock.ts";
import type { AcquireOptions, EndpointLease, EndpointSource } from "../endpoint.ts";
import { Alarm } from "./alarm.ts";
import type { RoutedNode } from "./routed-node.ts";
import { InvalidRoutingOptionsError, NodesUnreachableError, RoutingQueueFullError } from "./routing-error.ts";
import type { RoutingPolicy } from "./routing-policy.ts";
import { RoutingTable } from "./routing-table.ts";
import { WaitingLine } from "./waiting-line.ts";

const DEFAULT_UNREACHABLE_PATIENCE_MS = 30_000;
/** How often nodes are looked at while requests wait, should nobody have said that one has become ready. */
const LOOK_INTERVAL_MS = 1_000;

/** How requests are shared among nodes. */
export interface RoutingOptions {
  /** Default `"least-outstanding"`. */
  readonly policy?: RoutingPolicy | undefined;
  /** Most requests that a node has at a time; more wait, first come first served. Default: no limit. */
  readonly maxOutstandingPerNode?: number | undefined;
  /** Most requests that wait at a time; more are refused. Default: no limit. */
  readonly maxQueued?: number | undefined;
  /**
   * Time in milliseconds for which a request waits while all nodes are said to be ready, but none answers. For nodes that are
   * coming up it waits as long as it takes. Default 30,000.
   */
  readonly unreachablePatienceMs?: number | undefined;
}

/** What {@link EndpointRouter} is made with. */
export interface EndpointRouterOptions extends RoutingOptions {
  readonly clock?: Clock | undefined;
}

/** How much there is to do. */
export interface RoutingLoad {
  /** Requests under way. */
  readonly outstanding: number;
  /** The same at each node that has any, also at those that have left. */
  readonly outstandingByNode: ReadonlyMap<string, number>;
  /** Requests that wait for a node. */
  readonly waiting: number;
}

interface Waiter {
  readonly avoid: readonly string[];
  readonly sinceMs: number;
  readonly resolve: (lease: EndpointLease) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Shares requests among nodes that come and go.
 *
 * A node that did not begin to answer a request gets no more until its probe answers. Probes are made only while requests come
 * or wait, and only requests that wait keep the process alive.
 */
export class EndpointRouter implements EndpointSource {
  readonly #table: RoutingTable;
  readonly #line = new WaitingLine<Waiter>();
  readonly #maxQueued: number;
  readonly #unreachablePatienceMs: number;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #closed = new AbortController();

  /** @throws {@link InvalidRoutingOptionsError} */
  constructor(options: EndpointRouterOptions = {}) {
    const { policy = "least-outstanding", clock = systemClock } = options;
    const maxOutstandingPerNode = checkLimit("maxOutstandingPerNode", options.maxOutstandingPerNode, 1);
    this.#table = new RoutingTable({ policy, maxOutstandingPerNode, clock, onChange: () => this.#settle() });
    this.#maxQueued = checkLimit("maxQueued", options.maxQueued, 0);
    this.#unreachablePatienceMs = options.unreachablePatienceMs ?? DEFAULT_UNREACHABLE_PATIENCE_MS;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#settle());
  }

  get load(): RoutingLoad {
    const { outstanding: outstandingByNode } = this.#table;
    let outstanding = 0;
    for (const count of outstandingByNode.values()) outstanding += count;
    return { outstanding, outstandingByNode, waiting: this.#line.length };
  }

  /**
   * Says which nodes there are; to be called whenever one comes, goes, becomes ready, or listens somewhere else. What is under
   * way at a node that goes is left to end.
   */
  setNodes(nodes: readonly RoutedNode[]): void {
    if (this.#closed.signal.aborted) return;
    this.#table.setNodes(nodes);
    this.#settle();
  }

  /** Lends a node to nobody until its probe answers, as its owner has found that it does not answer. */
  setAside(nodeName: string, cause: unknown): void {
    this.#table.setAside(nodeName, cause);
    this.#settle();
  }

  /**
   * Lends a node for one request, as soon as one is ready and free.
   *
   * @throws {@link RoutingQueueFullError} when `maxQueued` requests wait, {@link NodesUnreachableError} when no node answers, what
   *   the router was closed with, and the reason of the signal.
   */
  async acquire({ signal, avoid = [] }: AcquireOptions = {}): Promise<EndpointLease> {
    signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const lease = this.#line.length === 0 ? this.#table.lend(avoid) : undefined;
    if (lease === undefined) return this.#wait(avoid, signal);
    this.#table.probe();
    return lease;
  }

  /** Rejects the requests that wait and all that come; those under way are left to end. More than once is fine. */
  close(error: Error): void {
    this.#closed.abort(error);
    this.#table.setNodes([]);
    this.#dismiss(() => this.#closed.signal.reason);
    this.#settle();
  }

  async #wait(avoid: readonly string[], signal: AbortSignal | undefined): Promise<EndpointLease> {
    const isBack = avoid.length > 0;
    // What was let in is not refused because a node failed it.
    if (!isBack && this.#line.length >= this.#maxQueued) throw new RoutingQueueFullError(this.#maxQueued);
    const { promise, resolve, reject } = Promise.withResolvers<EndpointLease>();
    const waiter = { avoid, sinceMs: this.#clock.nowMs(), resolve, reject };
    const abort = () => {
      this.#line.delete(waiter);
      reject(signal?.reason);
      this.#settle();
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#line.add(waiter, { isBack });
    this.#settle();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Does what has become possible. */
  #settle(): void {
    this.#serve();
    if (this.#line.length > 0) this.#attend();
    if (this.#line.length === 0) this.#alarm.cancel();
  }

  /** Sees to the nodes that do not answer, and to who waits for them. */
  #attend(): void {
    this.#table.probe();
    const lookMs = this.#clock.nowMs() + LOOK_INTERVAL_MS;
    this.#alarm.set(Math.min(lookMs, this.#giveUp(), this.#table.nextProbeMs));
  }

  #serve(): void {
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      const lease = this.#table.lend(first.avoid);
      if (lease === undefined) return;
      this.#line.delete(first);
      first.resolve(lease);
    }
  }

  /** Dismisses who has waited long enough for nodes that do not answer; gives when the next one will have. */
  #giveUp(): number {
    const { blackout } = this.#table;
    let nextMs = Number.POSITIVE_INFINITY;
    if (blackout === undefined) return nextMs;
    const { nodeNames, sinceMs, cause } = blackout;
    this.#dismiss((waiter) => {
      const untilMs = Math.max(sinceMs, waiter.sinceMs) + this.#unreachablePatienceMs;
      if (untilMs <= this.#clock.nowMs()) {
        return new NodesUnreachableError(nodeNames, this.#unreachablePatienceMs, { cause });
      }
      nextMs = Math.min(nextMs, untilMs);
      return undefined;
    });
    return nextMs;
  }

  /** Sends away all for whom there is a reason to. */
  #dismiss(reasonFor: (waiter: Waiter) => Error | undefined): void {
    for (const waiter of this.#line) {
      const reason = reasonFor(waiter);
      if (reason === undefined) continue;
      this.#line.delete(waiter);
      waiter.reject(reason);
    }
  }
}

function checkLimit(field: string, found: number | undefined, least: number): number {
  if (found === undefined) return Number.POSITIVE_INFINITY;
  if (!Number.isInteger(found) || found < least) throw new InvalidRoutingOptionsError(field, least, found);
  return found;
}
