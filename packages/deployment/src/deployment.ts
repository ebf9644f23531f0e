import type { CallOptions, DeploymentStatus, LogOptions, NodeStatus } from "@conduit/types";
import type { DeployOptions, DeployRequest, UntilReadyOptions } from "./deploy-request.ts";
import type { AcquireOptions, EndpointLease, EndpointSource, NodeEndpoint } from "./endpoint.ts";

/** How a node is. */
export interface NodeHealth {
  readonly nodeName: string;
  readonly status: NodeStatus;
  /** Whether it said just now that it takes requests. */
  readonly ready: boolean;
  /** What it was busy with when last heard of, in words for a person. */
  readonly progress?: string | undefined;
  /** Requests of this process that it has under way. */
  readonly outstanding: number;
  readonly lastError?: string | undefined;
}

/** How a deployment is. */
export interface DeploymentHealth {
  readonly status: DeploymentStatus;
  /** Nodes that are wanted. */
  readonly replicas: number;
  readonly nodes: readonly NodeHealth[];
  readonly lastError?: string | undefined;
}

/** What a deployment costs, in millionths of a US dollar. */
export interface DeploymentCost {
  /** Since it began, nodes that are gone included. */
  readonly spentMicroDollars: number;
  /** What its nodes cost an hour now, as the provider states it. */
  readonly actualMicroDollarsPerHour: number;
  /** What all replicas were planned to cost an hour, each on the machine that was chosen for it. */
  readonly plannedMicroDollarsPerHour: number;
}

/** A line of a node's log. */
export interface NodeLogLine {
  readonly nodeName: string;
  readonly line: string;
}

/** What {@link Deployment.update} changes; what is absent stays. */
export type DeploymentUpdate = Partial<Pick<DeployRequest, "workload" | "offering" | "offerings" | "probe">>;

/** How requests meet a deployment that was stopped. */
export interface DeploymentAcquireOptions extends AcquireOptions {
  /** Whether a request to a stopped deployment restarts it. Default `true`. */
  readonly wake?: boolean | undefined;
}

/**
 * A deployment that this process uses. While it does, the deployment's nodes stay; `dispose` detaches, and never ends what
 * another process uses.
 *
 * What is asked for is written down before anything is done about it, so whatever ends this process, the next one that deploys, collects
 * garbage or reconciles goes on from there.
 */
export interface Deployment extends EndpointSource, AsyncDisposable {
  readonly id: string;
  /** Hash of everything that decides what runs: same key and namespace, same deployment. An update changes it. */
  readonly key: string;
  /** As this process last saw it. */
  readonly status: DeploymentStatus;
  /** Nodes that are wanted, as this process last saw it. */
  readonly replicas: number;
  /** Endpoints of the nodes that have told where they listen, ready or not. */
  readonly endpoints: readonly NodeEndpoint[];
  /** Whether as many nodes as wanted were ready when last seen. */
  readonly ready: boolean;

  /**
   * Waits until as many nodes as wanted are ready; nodes that fail are replaced.
   *
   * @throws NodeFailedError when too many nodes have failed, with the end of the last one's log.
   * @throws DeploymentTimeoutError when `timeoutSeconds` are over.
   * @throws DeploymentClosedError when the deployment was disposed or deleted.
   */
  untilReady(options?: UntilReadyOptions): Promise<void>;

  /**
   * Waits until a node is ready and free, and lends it; wakes the deployment where it was stopped or scaled down to nothing, also where another
   * program does so meanwhile.
   *
   * @throws DeploymentStoppedError when it is stopped or scaled down, and `wake` is `false`, or this object does so while the request waits.
   */
  acquire(options?: DeploymentAcquireOptions): Promise<EndpointLease>;

  /** Asks every node how it is. */
  health(options?: CallOptions): Promise<DeploymentHealth>;

  /** Changes the number of nodes, 0 included, which does not follow the load from then on; waits until the provider has taken new ones on, and surplus ones are gone. */
  scale(replicas: number, options?: CallOptions): Promise<void>;

  /**
   * Lets other things run: new nodes come up first, requests move to them, and the old ones leave when they have answered those that they
   * have. When the new ones fail, the deployment stays as it was.
   *
   * @throws DeploymentExistsError when another deployment runs the same already.
   */
  update(change: DeploymentUpdate, options?: CallOptions): Promise<void>;

  /**
   * Stops all nodes, or ends them where the provider cannot stop them, until `restart` or a request. `onProgress` hears first whether
   * others may get their machines meanwhile; nodes that then cannot be started again are replaced.
   */
  stop(options?: DeployOptions): Promise<void>;

  /** Starts the nodes of a stopped deployment; replaces those of a running one. */
  restart(options?: CallOptions): Promise<void>;

  /** Ends all nodes, whoever else uses them, and forgets the deployment. More than once is fine. */
  delete(options?: CallOptions): Promise<void>;

  /** The lines that the nodes log, each node's in its order. */
  logs(options?: LogOptions): AsyncIterable<NodeLogLine>;

  cost(options?: CallOptions): Promise<DeploymentCost>;

  /** Detaches this process. More than once is fine. */
  dispose(): Promise<void>;
}
