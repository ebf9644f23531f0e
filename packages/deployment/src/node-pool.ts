import type { CallOptions, DeploymentRow, NodeRow } from "@conduit/types";
import type { DeploymentProgress, DeployRequest } from "./deploy-request.ts";
import { DeployedNode } from "./deployed-node.ts";
import type { NodeEndpoint } from "./endpoint.ts";
import { endpointKeyOf } from "./endpoint-key.ts";
import type { View } from "./reconcile/converge.ts";
import { isCurrent } from "./reconcile/facts.ts";
import type { RequestMaker } from "./request-maker.ts";
import type { EndpointRouter } from "./routing/endpoint-router.ts";

/** What came of following the rows. */
interface Following {
  /** Whether all nodes could be taken, and are as many as wanted. */
  readonly complete: boolean;
  /** Why nodes could not be taken; one that has ended meanwhile is replaced by the next pass. */
  readonly errors: readonly unknown[];
}

/** The nodes of a deployment that this process uses, as the rows last were. */
export class NodePool {
  readonly router: EndpointRouter;
  onProgress: (progress: DeploymentProgress) => void = () => {};
  readonly #listeners = new Set<() => void>();
  /** How nodes that are taken from now on are asked, and held. */
  request: DeployRequest;
  readonly #nodes = new Map<string, DeployedNode>();
  /** Nodes that others end; until then what they answer is to be held. */
  readonly #leaving = new Set<DeployedNode>();
  #currentNames = new Set<string>();
  #wanted = 0;
  #isReleased = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(request: DeployRequest, router: EndpointRouter) {
    this.request = request;
    this.router = router;
  }

  get nodes(): readonly DeployedNode[] {
    return [...this.#nodes.values()];
  }

  /** Nodes that run what the deployment is now. */
  get current(): readonly DeployedNode[] {
    return this.nodes.filter(({ name }) => this.#currentNames.has(name));
  }

  get endpoints(): readonly NodeEndpoint[] {
    return this.nodes.map(({ endpoint }) => endpoint).filter((endpoint) => endpoint !== undefined);
  }

  /** Whether there are as many nodes as wanted, and all are ready. */
  get ready(): boolean {
    const { current } = this;
    return current.length >= this.#wanted && current.every(({ ready }) => ready);
  }

  get(name: string): DeployedNode | undefined {
    return this.#nodes.get(name);
  }

  /** Calls back whenever nodes come, go, or become ready, until the function is called that is returned. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes and leaves nodes until they are those of the rows. */
  async follow(view: View, maker: RequestMaker, options: CallOptions): Promise<Following> {
    const turn = this.#turn.then(() => this.#follow(view, maker, options));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Lets go of all nodes, and of those that are only about to be taken. */
  release(): void {
    this.#isReleased = true;
    for (const node of [...this.#nodes.values(), ...this.#leaving]) node.release();
    this.#nodes.clear();
    this.#leaving.clear();
  }

  async #follow({ deployment, nodes }: View, maker: RequestMaker, options: CallOptions): Promise<Following> {
    const rows = nodes.filter(({ status }) => status === "PROVISIONED" || status === "DEPLOYED");
    const rowsByName = new Map(rows.map((row) => [row.name, row]));
    for (const [name, node] of this.#nodes) {
      const row = rowsByName.get(name);
      if (row !== undefined) {
        node.follow(row);
        continue;
      }
      this.#nodes.delete(name);
      this.#leaving.add(node);
    }
    this.#currentNames = new Set(rows.filter((row) => isCurrent(deployment, row)).map(({ name }) => name));
    this.#wanted = deployment.replicas;
    const missing = rows.filter(({ name, externalId }) => !this.#nodes.has(name) && externalId !== undefined);
    const taken = await Promise.allSettled(missing.map((row) => this.#take(row, deployment, maker, options)));
    this.#route();
    options.signal?.throwIfAborted();
    const errors = taken.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    return { complete: errors.length === 0 && this.#currentNames.size >= deployment.replicas, errors };
  }

  async #take(
    row: NodeRow,
    deployment: DeploymentRow,
    maker: RequestMaker,
    options: CallOptions,
  ): Promise<void> {
    const endpointKey = endpointKeyOf(deployment);
    const hold =
      maker.takeHold(row.name) ??
      (await this.request.provider.holdNode?.(row.externalId ?? row.name, options));
    if (this.#isReleased) {
      hold?.release();
      return;
    }
    const node = new DeployedNode({ request: this.request, row, endpointKey, hold });
    node.onProgress = (progress) => this.onProgress(progress);
    node.onChange = () => this.#route();
    this.#nodes.set(row.name, node);
    if (!maker.hasMade(row.name)) {
      this.onProgress({ message: "attached to a node that runs already", nodeName: row.name });
    }
  }

  /** Requests go to what the deployment is now, as soon as that is ready. */
  #route(): void {
    const { current, nodes } = this;
    this.router.setNodes(current.some(({ ready }) => ready) ? current : nodes);
    for (const listener of this.#listeners) listener();
  }
}
