import type { ConduitErrorOptions } from "@conduit/types";
import { DeploymentError } from "../deployment-error.ts";

/** As many requests as may wait for a node wait already. */
export class RoutingQueueFullError extends DeploymentError {
  static readonly code = "ROUTING_QUEUE_FULL";
  readonly code = RoutingQueueFullError.code;
  readonly maxQueued: number;

  constructor(maxQueued: number, options?: ConduitErrorOptions) {
    super(
      `expected at most ${maxQueued} requests to wait for a node, but this would be one more; ` +
        "send fewer at a time, add replicas, or raise maxQueued",
      options,
    );
    this.maxQueued = maxQueued;
  }
}

/** The nodes are said to be ready, but none has answered for a while. */
export class NodesUnreachableError extends DeploymentError {
  static readonly code = "NODES_UNREACHABLE";
  readonly code = NodesUnreachableError.code;
  readonly nodeNames: readonly string[];

  constructor(nodeNames: readonly string[], waitedMs: number, options?: ConduitErrorOptions) {
    super(
      `expected one of ${nodeNames.join(", ")} to answer, but none has for ${waitedMs / 1000} s; ` +
        "look into their logs, and check that this machine reaches them",
      options,
    );
    this.nodeNames = nodeNames;
  }
}

/** A limit is none that requests can be routed by. */
export class InvalidRoutingOptionsError extends DeploymentError {
  static readonly code = "INVALID_ROUTING_OPTIONS";
  readonly code = InvalidRoutingOptionsError.code;
  readonly field: string;

  constructor(field: string, least: number, found: number, options?: ConduitErrorOptions) {
    super(`expected ${field} to be an integer from ${least}, but found ${found}`, options);
    this.field = field;
  }
}
