import { type ComputeProviderName, ConduitError, type ConduitErrorOptions } from "@conduit/types";
import { describeOffering } from "./describe-offering.ts";

/** Base of what can go wrong with a deployment. */
export abstract class DeploymentError extends ConduitError {}

/** A node ended, or says that it will never be ready. */
export class NodeFailedError extends DeploymentError {
  static readonly code = "NODE_FAILED";
  readonly code = NodeFailedError.code;
  readonly nodeName: string;
  /** What the provider or the runtime says, with the end of the node's log where there is one. */
  readonly failure: string;
  /** Whether the runtime says so, and another node would fare no better. */
  readonly isFinal: boolean;

  constructor(
    nodeName: string,
    failure: string,
    options: ConduitErrorOptions & { readonly isFinal?: boolean } = {},
  ) {
    super(`expected node ${nodeName} to become and stay ready, but it failed: ${failure}`, options);
    this.nodeName = nodeName;
    this.failure = failure;
    this.isFinal = options.isFinal ?? false;
  }
}

/** The nodes were not ready in time. */
export class DeploymentTimeoutError extends DeploymentError {
  static readonly code = "DEPLOYMENT_TIMEOUT";
  readonly code = DeploymentTimeoutError.code;
  readonly timeoutSeconds: number;

  constructor(timeoutSeconds: number, lastProgress: string, options?: ConduitErrorOptions) {
    super(
      `expected all nodes to be ready within ${timeoutSeconds} s, but the last that was heard is "${lastProgress}"; ` +
        "wait longer, or look into the nodes' logs",
      options,
    );
    this.timeoutSeconds = timeoutSeconds;
  }
}

/** A deployment was used after this process had disposed or deleted it. */
export class DeploymentClosedError extends DeploymentError {
  static readonly code = "DEPLOYMENT_CLOSED";
  readonly code = DeploymentClosedError.code;
  readonly reason: "disposed" | "deleted";

  constructor(reason: "disposed" | "deleted", options?: ConduitErrorOptions) {
    super(`expected a deployment in use, but it was ${reason}; deploy again`, options);
    this.reason = reason;
  }
}

/** What was asked for cannot be deployed. */
export class InvalidDeployRequestError extends DeploymentError {
  static readonly code = "INVALID_DEPLOY_REQUEST";
  readonly code = InvalidDeployRequestError.code;
}

export interface ScopeChangedErrorOptions extends ConduitErrorOptions {
  /** Which deployments run there. Default: the one that was acted on. */
  readonly deploymentIds?: readonly string[] | undefined;
}

/** The provider is another account or daemon than the one that the deployment runs at. */
export class ScopeChangedError extends DeploymentError {
  static readonly code = "SCOPE_CHANGED";
  readonly code = ScopeChangedError.code;
  readonly provider: ComputeProviderName;
  readonly expected: string;
  readonly found: string;
  /** Where several may be meant. */
  readonly deploymentIds: readonly string[];

  constructor(
    provider: ComputeProviderName,
    expected: string,
    found: string,
    options: ScopeChangedErrorOptions = {},
  ) {
    const { deploymentIds = [] } = options;
    const which =
      deploymentIds.length === 0
        ? "the deployment runs"
        : `deployment${deploymentIds.length === 1 ? "" : "s"} ${deploymentIds.join(", ")} run${deploymentIds.length === 1 ? "s" : ""}`;
    super(
      `expected provider ${provider} to be ${expected}, where ${which}, but it is ${found}; ` +
        "nothing was changed there; use the account or daemon of before",
      options,
    );
    this.provider = provider;
    this.expected = expected;
    this.found = found;
    this.deploymentIds = deploymentIds;
  }
}

/**
 * The endpoint key of a deployment cannot be decrypted: its row was changed, or encrypted with a secret that is not there any more. Its nodes
 * are left alone.
 */
export class UnreadableDeploymentError extends DeploymentError {
  static readonly code = "UNREADABLE_DEPLOYMENT";
  readonly code = UnreadableDeploymentError.code;
  readonly deploymentId: string;

  constructor(deploymentId: string, options?: ConduitErrorOptions) {
    super(
      `expected the endpoint key of deployment ${deploymentId} to be encrypted with the secret of its store, but it is not; ` +
        `its nodes were left alone; restore the database of before, or end them with gc({ unreadable: ["${deploymentId}"] })`,
      options,
    );
    this.deploymentId = deploymentId;
  }
}

/** Another process acts on the namespace by now. Nothing was done. */
export class LeaseLostError extends DeploymentError {
  static readonly code = "LEASE_LOST";
  readonly code = LeaseLostError.code;

  constructor(namespace: string, options?: ConduitErrorOptions) {
    super(`expected to act on namespace ${namespace} alone, but another process has taken over`, options);
  }
}

/** Too many nodes failed, or one did in a way that others would too. */
export class DeploymentFailedError extends DeploymentError {
  static readonly code = "DEPLOYMENT_FAILED";
  readonly code = DeploymentFailedError.code;
  readonly failure: string;

  constructor(failure: string, options?: ConduitErrorOptions) {
    super(`expected the deployment to come up, but it failed: ${failure}`, options);
    this.failure = failure;
  }
}

/** A machine that was refused, and why. */
export interface RefusedOffering {
  readonly offeringId: string;
  readonly priceMicroDollarsPerHour: number;
  readonly reason: string;
}

export interface NoCapacityErrorOptions extends ConduitErrorOptions {
  /** Whether the provider has refused all of them in the words in which it refuses bad requests. Default `false`. */
  readonly suspectsRequest?: boolean | undefined;
}

/** None of the machines can be had now. */
export class NoCapacityError extends DeploymentError {
  static readonly code = "NO_CAPACITY";
  readonly code = NoCapacityError.code;
  /** In the order in which they were refused. */
  readonly refused: readonly RefusedOffering[];
  /** Whether it may well be the request that is at fault, and not the machines. */
  readonly suspectsRequest: boolean;

  constructor(refused: readonly RefusedOffering[], options: NoCapacityErrorOptions = {}) {
    const { suspectsRequest = false } = options;
    const lines = refused.map(
      ({ offeringId: id, reason, ...offering }) => `\n  ${describeOffering({ id, ...offering })}: ${reason}`,
    );
    const what = suspectsRequest
      ? "all were refused as bad requests are, so what was asked for is probably at fault; hold it against these reasons, or try later"
      : "all were refused; try later, or name others";
    super(`expected one of ${refused.length} machines to be had, but ${what}:${lines.join("")}`, options);
    this.refused = refused;
    this.suspectsRequest = suspectsRequest;
  }
}

/** A request came to a deployment that was stopped, and was not to wake it. */
export class DeploymentStoppedError extends DeploymentError {
  static readonly code = "DEPLOYMENT_STOPPED";
  readonly code = DeploymentStoppedError.code;

  constructor(options?: ConduitErrorOptions) {
    super("expected a running deployment, but it is stopped; restart it, or let requests wake it", options);
  }
}

/** A node of another store cannot be taken over. Nothing was changed. */
export class NodeNotAdoptableError extends DeploymentError {
  static readonly code = "NODE_NOT_ADOPTABLE";
  readonly code = NodeNotAdoptableError.code;
  readonly nodeName: string;

  /** @param expected - What would have had to be. */
  constructor(nodeName: string, expected: string, found: string, options?: ConduitErrorOptions) {
    super(`expected node ${nodeName} to ${expected}, so that it can be adopted, but ${found}`, options);
    this.nodeName = nodeName;
  }
}

/** What a deployment shall become runs as another one already. */
export class DeploymentExistsError extends DeploymentError {
  static readonly code = "DEPLOYMENT_EXISTS";
  readonly code = DeploymentExistsError.code;

  constructor(id: string, options?: ConduitErrorOptions) {
    super(
      `expected nothing else to run what the update asks for, but deployment ${id} does; deploy that instead, and delete this one`,
      options,
    );
  }
}

/** Another program has updated the deployment, and this one does not know enough to create the nodes that it lacks. */
export class DeploymentUpdatedError extends DeploymentError {
  static readonly code = "DEPLOYMENT_UPDATED";
  readonly code = DeploymentUpdatedError.code;
  readonly deploymentId: string;
  /** Host and process id of who has updated it, where the events tell. */
  readonly updatedBy: string | undefined;

  /** @param obstacle - What was expected of this program, and why it is not so. */
  constructor(
    deploymentId: string,
    { updatedBy, obstacle }: { readonly updatedBy: string | undefined; readonly obstacle: string },
    options?: ConduitErrorOptions,
  ) {
    super(
      `expected this program ${obstacle}; deployment ${deploymentId} was updated by ${updatedBy ?? "another program"}, lacks nodes, and ` +
        "nobody has created them; deploy there again, or deploy or update here to what shall run",
      options,
    );
    this.deploymentId = deploymentId;
    this.updatedBy = updatedBy;
  }
}
