import type { CallOptions } from "../call-options.ts";
import type { ComputeOffering } from "../compute-offering.ts";
import type { ComputeProviderName, DeploymentType } from "../names.ts";
import type { ContainerWorkload, WorkloadRequirements } from "../workload.ts";
import type { ProviderError } from "./provider-error.ts";

/** What a provider can do, and how it behaves. */
export interface ProviderCapabilities {
  /** How the nodes run. */
  readonly deploymentType: DeploymentType;
  /** Longest time in milliseconds until a created node appears in `getNode` and `listNodes`. */
  readonly visibilityWindowMs: number;
  /** Whether a node can be stopped and started again. */
  readonly canStop: boolean;
  /** Whether others may get the machine of a node while it is stopped, which then cannot be started again. Default `false`. */
  readonly stopReleasesMachine?: boolean | undefined;
  /** Whether a node can end itself so that it costs nothing any more. */
  readonly canSelfTerminate: boolean;
  /** Whether nodes end with the last process that holds them; {@link ComputeProvider.holdNode} is there then. */
  readonly endsWithHolders: boolean;
  /** Whether spot machines are offered. */
  readonly spot: boolean;
}

/** A provider's own states, normalised. */
export type ProviderNodeStatus = "creating" | "running" | "stopped" | "failed" | "terminating";

/** A node as its provider describes it. */
export interface ProviderNode {
  /** The provider's own id. */
  readonly id: string;
  readonly name: string;
  readonly status: ProviderNodeStatus;
  /** Base URL of the workload's first port, without a trailing slash, once it is known. */
  readonly baseUrl?: string | undefined;
  /** Published port of each port of the workload, by its name, once they are known. */
  readonly portMap?: Readonly<Record<string, number>> | undefined;
  /** The environment that the node was started with, where the provider tells it; secrets as {@link ComputeProvider.readSecret} says. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Millionths of a US dollar per hour for the whole node, once the provider states it. */
  readonly priceMicroDollarsPerHour?: number | undefined;
  /** Digest of the image that the node runs, as `sha256:…`, once it is known. */
  readonly imageDigest?: string | undefined;
  /** What the provider is busy with until the node runs, for people, such as `pulling image 40 %`. */
  readonly progress?: string | undefined;
  /** Why the node failed, with the end of its log where there is one. */
  readonly failure?: string | undefined;
  /** The failure as an error, where it is one that programs may want to tell from others. */
  readonly failureCause?: ProviderError | undefined;
  /** Milliseconds since 1970 by the provider's clock. */
  readonly createdAtMs?: number | undefined;
}

/** What to create. */
export interface NodeSpec {
  /** Unique to this attempt, see {@link formatNodeName}. */
  readonly name: string;
  readonly workload: ContainerWorkload;
  readonly offering: ComputeOffering;
  /** Time in seconds after its last holder or request at which the node ends itself. */
  readonly idleTimeoutSeconds?: number | undefined;
  /** Time in seconds after its start at which the node ends itself, whatever it does. */
  readonly maxLifetimeSeconds?: number | undefined;
}

/** Keeps a node that ends with its holders alive until it is released, or until this process dies. */
export interface NodeHold {
  /** Rejects never; resolves once the node is gone. */
  readonly ended: Promise<void>;
  release(): void;
}

/** Options of {@link ComputeProvider.listOfferings}. */
export interface ListOfferingsOptions extends CallOptions {
  /**
   * What the nodes are to hold. Where prices depend on it, as on the size of a disk, they are those of such a node. Default: what the
   * provider makes room for where a node's workload does not say.
   */
  readonly requirements?: WorkloadRequirements | undefined;
}

/** Options of {@link ComputeProvider.logs}. */
export interface LogOptions extends CallOptions {
  /** Go on with new lines until the node ends or `signal` fires. Default `false`. */
  readonly follow?: boolean | undefined;
  /** Start with this many of the newest lines. Default: all. */
  readonly tailLines?: number | undefined;
}

/**
 * Who lends machines. A provider knows nodes, not models. Every failure is a {@link ProviderError} (or the signal's reason).
 */
export interface ComputeProvider {
  readonly name: ComputeProviderName;
  readonly capabilities: ProviderCapabilities;

  /** Which account, daemon or machine this is: two providers of one scope see the same nodes. */
  scope(options?: CallOptions): Promise<string>;

  listOfferings(options?: ListOfferingsOptions): Promise<readonly ComputeOffering[]>;

  /** Creates a node and returns as soon as the provider has taken it on; it is rarely ready by then. */
  createNode(spec: NodeSpec, options?: CallOptions): Promise<ProviderNode>;

  /** The node, or `undefined` where the provider says that there is none. */
  getNode(id: string, options?: CallOptions): Promise<ProviderNode | undefined>;

  /** All nodes whose name starts with `namePrefix`: a complete list, or it throws. */
  listNodes(namePrefix: string, options?: CallOptions): Promise<readonly ProviderNode[]>;

  startNode(id: string, options?: CallOptions): Promise<void>;

  stopNode(id: string, options?: CallOptions): Promise<void>;

  /** Ends the node for good; a node that is not there is not an error. */
  terminateNode(id: string, options?: CallOptions): Promise<void>;

  /** Lines of the node's log, without their ends. */
  logs(id: string, options?: LogOptions): AsyncIterable<string>;

  /** Holds a node; present where `capabilities.endsWithHolders`. */
  holdNode?(id: string, options?: CallOptions): Promise<NodeHold>;

  /**
   * A variable of `secretEnv` that a node was started with, `undefined` where it has none of that name. Present where
   * {@link ProviderNode.env} does not show all of them.
   */
  readSecret?(id: string, name: string, options?: CallOptions): Promise<string | undefined>;
}
