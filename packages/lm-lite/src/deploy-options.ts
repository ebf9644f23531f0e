import type { Objective, OfferingConstraints } from "@conduit/compute-offerings";
import type { LivenessOptions, RoutingOptions } from "@conduit/deployment";
import type {
  CallOptions,
  ComputeOffering,
  ComputeProvider,
  LmLiteModelConfigInput,
  ReplicaScaling,
  StateStore,
} from "@conduit/types";

/** What `LMLiteBlock.deploy` is asked for. */
export interface LMLiteDeployOptions extends CallOptions {
  /** At least one. Ids that start with `.`, `/` or `~` are folders. */
  readonly models: readonly LmLiteModelConfigInput[];
  /** Who lends the machine. */
  readonly provider: ComputeProvider;
  /**
   * Image of the engine, where it runs in containers, with its tag or digest. Default: the one that was published with this version, by its digest.
   */
  readonly image?: string | undefined;
  /**
   * Where the deployment is remembered, so that programs of one store share engines, and nothing is forgotten whatever ends them. It
   * stays open. Default: `openStateStore()`, which is the database that `CONDUIT_DB_URI` names, or `conduit.db` in the working directory.
   */
  readonly store?: StateStore | undefined;
  /** Deployments of different namespaces never share engines. Default `"default"`. */
  readonly namespace?: string | undefined;
  /**
   * Machines to run on, the first choice first; where one cannot be had, the next is asked for. Default: what the provider offers and the
   * models fit on, the cheapest first.
   */
  readonly offerings?: readonly ComputeOffering[] | undefined;
  /**
   * What the machine of every engine has to be, such as `{ gpu: "L4", enterprise: true }`. What meets it is still checked for fit, and
   * chosen among `offerings`, or all that the provider offers. Prices are those of one machine. Default: none.
   */
  readonly constraints?: OfferingConstraints | undefined;
  /** What machines are chosen for. Default `"cheapest"`; on machines of one's own the provider's order. */
  readonly objective?: Objective | undefined;
  /** Number of engines, or how it follows the load. Default: as the deployment has it, 1 for a new one. */
  readonly replicas?: number | ReplicaScaling | undefined;
  /** How requests are shared among engines. */
  readonly routing?: RoutingOptions | undefined;
  /** Do not end the engine when nobody uses it. Default `false`. */
  readonly keep?: boolean | undefined;
  /** Time in seconds after its last use at which the engine ends. Default 0 for processes of this machine, 600 elsewhere. */
  readonly idleTimeoutSeconds?: number | undefined;
  /** Time in seconds after its start at which the engine ends, whatever it does. Default: none. */
  readonly maxLifetimeSeconds?: number | undefined;
  /**
   * Longest time in seconds that an engine which others replace has for the requests that it answers. Default: as the deployment has it, 300
   * for a new one.
   */
  readonly drainTimeoutSeconds?: number | undefined;
  /** When an engine that was ready and does not answer any more is ended and replaced. */
  readonly liveness?: LivenessOptions | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What `LMLiteBlock.connect` is asked for. */
export interface LMLiteConnectOptions {
  /** Base URL of an OpenAI-compatible endpoint, with or without `/v1`. */
  readonly baseUrl: string;
  /** Bearer key. Default: none. */
  readonly apiKey?: string | undefined;
}
