import type { Clock } from "../clock.ts";
import type { EndpointLease, NodeEndpoint } from "../endpoint.ts";
import { NodeEntry } from "./node-entry.ts";
import type { RoutedNode } from "./routed-node.ts";
import { type Candidate, isPreferred, type RoutingPolicy } from "./routing-policy.ts";

export interface RoutingTableOptions {
  readonly policy: RoutingPolicy;
  readonly maxOutstandingPerNode: number;
  readonly clock: Clock;
  /** Called when a node may have become free, or answers again. */
  readonly onChange: () => void;
}

/** All nodes are said to be ready, but none answers. */
export interface Blackout {
  readonly nodeNames: readonly string[];
  readonly sinceMs: number;
  /** What the last of them failed with. */
  readonly cause: unknown;
}

interface FreeNode extends Candidate {
  readonly name: string;
  readonly entry: NodeEntry;
  readonly endpoint: NodeEndpoint;
}

/** The nodes that there are, what each has to do, and which of them answer. */
export class RoutingTable {
  readonly #options: RoutingTableOptions;
  readonly #entries = new Map<string, NodeEntry>();
  #turn = 0;

  constructor(options: RoutingTableOptions) {
    this.#options = options;
  }

  /** Requests under way at each node that has any, also at those that have left. */
  get outstanding(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [name, { outstanding }] of this.#entries) if (outstanding > 0) counts.set(name, outstanding);
    return counts;
  }

  setNodes(nodes: readonly RoutedNode[]): void {
    const names = new Set(nodes.map(({ name }) => name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      entry.leave();
      this.#forgetIfDone(name, entry);
    }
    for (const node of nodes) {
      const entry = this.#entries.get(node.name) ?? new NodeEntry(this.#options.clock);
      entry.join(node);
      this.#entries.set(node.name, entry);
    }
  }

  setAside(name: string, cause: unknown): void {
    this.#entries.get(name)?.setAside(cause);
  }

  /** Lends the node that the policy prefers, if any is free. */
  lend(avoid: readonly string[]): EndpointLease | undefined {
    let best: FreeNode | undefined;
    for (const [name, entry] of this.#entries) {
      const { endpoint, outstanding, lastTurn } = entry;
      if (endpoint === undefined || outstanding >= this.#options.maxOutstandingPerNode) continue;
      const node = { name, entry, endpoint, outstanding, lastTurn, isAvoided: avoid.includes(name) };
      if (best === undefined || isPreferred(this.#options.policy, node, best)) best = node;
    }
    return best && this.#lease(best);
  }

  /** Probes the nodes that do not answer, where it is time to. */
  probe(): void {
    for (const entry of this.#entries.values()) {
      void entry.probe()?.then(() => this.#options.onChange());
    }
  }

  /** When the next probe is due. */
  get nextProbeMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { outage } of this.#entries.values()) nextMs = Math.min(nextMs, outage?.nextProbeMs ?? nextMs);
    return nextMs;
  }

  get blackout(): Blackout | undefined {
    const nodeNames: string[] = [];
    let last: Omit<Blackout, "nodeNames"> | undefined;
    for (const [name, { node, outage }] of this.#entries) {
      if (node === undefined) continue;
      if (outage === undefined) return undefined;
      nodeNames.push(name);
      if (last === undefined || outage.sinceMs >= last.sinceMs) last = outage;
    }
    return last && { nodeNames, sinceMs: last.sinceMs, cause: last.cause };
  }

  #lease({ name, entry, endpoint }: FreeNode): EndpointLease {
    this.#turn += 1;
    const reportFailure = entry.begin(endpoint, this.#turn);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      entry.outstanding--;
      this.#forgetIfDone(name, entry);
      this.#options.onChange();
    };
    const fail = (cause: unknown) => {
      if (isHeld) reportFailure(cause);
      release();
    };
    return { endpoint, release, fail, [Symbol.dispose]: release };
  }

  #forgetIfDone(name: string, entry: NodeEntry): void {
    if (entry.node === undefined && entry.outstanding === 0) this.#entries.delete(name);
  }
}
