import type { Clock } from "../clock.ts";
import type { NodeEndpoint } from "../endpoint.ts";
import { NodeOutage } from "./node-outage.ts";
import type { RoutedNode } from "./routed-node.ts";

/** What a router knows of a node. It outlives the node until the last request there has ended. */
export class NodeEntry {
  /** Requests under way. */
  outstanding = 0;
  /** Which of all requests was the last that it got, counted from 1; 0 before its first. */
  lastTurn = 0;
  readonly #clock: Clock;
  #node: RoutedNode | undefined;
  #outage: NodeOutage | undefined;
  #outagesEnded = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Absent once the node has left. */
  get node(): RoutedNode | undefined {
    return this.#node;
  }

  join(node: RoutedNode): void {
    this.#node = node;
  }

  leave(): void {
    this.#node = undefined;
    this.#endOutage();
  }

  /** Where new requests may go; absent while none may. */
  get endpoint(): NodeEndpoint | undefined {
    return this.outage === undefined ? this.#saidEndpoint : undefined;
  }

  /** Why the node gets no requests although its owner says that it takes them. */
  get outage(): NodeOutage | undefined {
    // One that listens somewhere else by now has been started again.
    return this.#outage?.baseUrl === this.#saidEndpoint?.baseUrl ? this.#outage : undefined;
  }

  /** Notes a request; gives what to call if the node does not begin to answer it. */
  begin({ baseUrl }: NodeEndpoint, turn: number): (cause: unknown) => void {
    this.outstanding++;
    this.lastTurn = turn;
    const outagesEnded = this.#outagesEnded;
    return (cause) => {
      // A request that was sent before the node came back tells nothing of what it does now.
      if (outagesEnded !== this.#outagesEnded || baseUrl !== this.endpoint?.baseUrl) return;
      this.setAside(cause);
    };
  }

  /** Lets no new requests go to the node until its probe answers. */
  setAside(cause: unknown): void {
    const { endpoint } = this;
    if (endpoint !== undefined) this.#outage = new NodeOutage(endpoint.baseUrl, cause, this.#clock);
  }

  /** Resolves when the node was asked whether it answers again; nothing if it is not time to ask. */
  probe(): Promise<void> | undefined {
    const { outage, node } = this;
    if (outage?.nextProbeMs === undefined || node === undefined) return undefined;
    return outage.nextProbeMs <= this.#clock.nowMs() ? this.#probe(outage, node) : undefined;
  }

  async #probe(outage: NodeOutage, node: RoutedNode): Promise<void> {
    if ((await outage.probe(node)) && outage === this.#outage) this.#endOutage();
  }

  #endOutage(): void {
    this.#outage?.end();
    this.#outage = undefined;
    this.#outagesEnded++;
  }

  /** Where requests may go, as far as the owner knows. */
  get #saidEndpoint(): NodeEndpoint | undefined {
    return this.#node?.ready ? this.#node.endpoint : undefined;
  }
}
