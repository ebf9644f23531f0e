import type {
  CallOptions,
  ComputeOffering,
  ComputeProvider,
  ContainerWorkload,
  ReplicaScaling,
  Runtime,
  StateStore,
} from "@conduit/types";
import type { Clock } from "./clock.ts";
import type { NodeEndpoint } from "./endpoint.ts";
import type { LivenessOptions } from "./liveness/liveness-options.ts";
import type { RoutingOptions } from "./routing/endpoint-router.ts";

/** What a runtime says of one of its nodes. */
export interface ReadinessReport {
  /** Whether the node answers requests of every kind that it is there for. */
  readonly ready: boolean;
  /** What it is busy with until then, in words for a person. */
  readonly progress?: string | undefined;
  /** Why it will never be ready. */
  readonly failure?: string | undefined;
}

/** Asks a node how far it is. A rejection means that it does not answer yet. */
export type ReadinessProbe = (
  endpoint: NodeEndpoint,
  options: { readonly signal: AbortSignal },
) => Promise<ReadinessReport>;

/** What {@link deploy} is asked for. */
export interface DeployRequest {
  readonly provider: ComputeProvider;
  readonly store: StateStore;
  /** Deployments of different namespaces never share nodes. Default `"default"`. */
  readonly namespace?: string | undefined;
  readonly runtime: Runtime;
  /** What every node runs. All of it but `secretEnv` and `requirements` is part of the deployment's key. */
  readonly workload: ContainerWorkload;
  /** Environment variable in which the program finds the bearer key that it has to demand. */
  readonly endpointKeyVariable: string;
  /** Tells a ready node from one that still loads. Default: ready once `workload.healthPath` answers with a 2xx status. */
  readonly probe?: ReadinessProbe | undefined;
  /** The one machine to run on. Default: the first of `offerings`. */
  readonly offering?: ComputeOffering | undefined;
  /** Machines to run on, the first choice first; where one cannot be had, the next is asked for. Default: the first that the provider offers. */
  readonly offerings?: readonly ComputeOffering[] | undefined;
  /** Number of nodes, or how it follows the load. Default: as the deployment has it, 1 for a new one. */
  readonly replicas?: number | ReplicaScaling | undefined;
  /** Do not end the nodes when nobody uses them. Default `false`. */
  readonly keep?: boolean | undefined;
  /**
   * Time in seconds after its last use at which a node ends itself. Default: as the deployment has it; for a new one 0 where nodes end with
   * their holders, 600 elsewhere.
   * Who attaches to nodes that run already finds them as they were started.
   */
  readonly idleTimeoutSeconds?: number | undefined;
  /** Time in seconds after its start at which a node ends itself, whatever it does. Default: as the deployment has it, none for a new one. */
  readonly maxLifetimeSeconds?: number | undefined;
  /**
   * Longest time in seconds that a node which an update, a restart or scaling replaces has for the requests that it answers, of whichever
   * program; it ends as soon as it has none. One that has to go before its successor can come, as at a restart, has 60 s at most. Default:
   * as the deployment has it, 300 for a new one.
   */
  readonly drainTimeoutSeconds?: number | undefined;
  /** How requests are shared among the nodes. */
  readonly routing?: RoutingOptions | undefined;
  /** When a node that was ready and does not answer any more is ended and replaced. */
  readonly liveness?: LivenessOptions | undefined;
  /** Time that waiting is measured in, for tests. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** What happens while a deployment comes up, in words for a person. */
export interface DeploymentProgress {
  readonly message: string;
  /** Absent where it is about the deployment as a whole. */
  readonly nodeName?: string | undefined;
}

export interface DeployOptions extends CallOptions {
  readonly onProgress?: ((progress: DeploymentProgress) => void) | undefined;
}

export interface UntilReadyOptions extends DeployOptions {
  /** Default: none; the wait then ends when the nodes are ready, when one fails, or with the signal. */
  readonly timeoutSeconds?: number | undefined;
}
