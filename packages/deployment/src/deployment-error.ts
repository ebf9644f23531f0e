import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** Base of what can go wrong with a deployment. */
export abstract class DeploymentError extends ConduitError {}

/** A node ended, or says that it will never be ready. */
export class NodeFailedError extends DeploymentError {
  static readonly code = "NODE_FAILED";
  readonly code = NodeFailedError.code;
  readonly nodeName: string;
  /** What the provider or the runtime says, with the end of the node's log where there is one. */
  readonly failure: string;

  constructor(nodeName: string, failure: string, options?: ConduitErrorOptions) {
    super(`expected node ${nodeName} to become and stay ready, but it failed: ${failure}`, options);
    this.nodeName = nodeName;
    this.failure = failure;
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
