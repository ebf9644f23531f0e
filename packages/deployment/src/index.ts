// Deploying
export { deploy } from "./deploy.ts";
export type {
  DeployOptions,
  DeploymentProgress,
  DeployRequest,
  ReadinessProbe,
  ReadinessReport,
  UntilReadyOptions,
} from "./deploy-request.ts";
export type { LivenessOptions } from "./liveness/liveness-options.ts";

// What is deployed
export type {
  Deployment,
  DeploymentAcquireOptions,
  DeploymentCost,
  DeploymentHealth,
  DeploymentUpdate,
  NodeHealth,
  NodeLogLine,
} from "./deployment.ts";

// Cleaning up
export { type GcReport, type GcRequest, gc } from "./reconcile/gc.ts";
export { type ReconcileReport, reconcile } from "./reconcile/reconcile.ts";
export type { ReconcileRequest } from "./reconcile/reconcile-request.ts";
export type { DeploymentSummary } from "./reconcile/deployment-summary.ts";
export type { ForeignNode } from "./reconcile/foreign.ts";

// Routing
export type { AcquireOptions, EndpointLease, EndpointSource, NodeEndpoint } from "./endpoint.ts";
export {
  EndpointRouter,
  type EndpointRouterOptions,
  type RoutingLoad,
  type RoutingOptions,
} from "./routing/endpoint-router.ts";
export type { RoutedNode } from "./routing/routed-node.ts";
export type { RoutingPolicy } from "./routing/routing-policy.ts";

// Time
export { type Clock, systemClock } from "./clock.ts";

// Errors
export {
  DeploymentClosedError,
  DeploymentError,
  DeploymentExistsError,
  DeploymentFailedError,
  DeploymentStoppedError,
  DeploymentTimeoutError,
  DeploymentUpdatedError,
  InvalidDeployRequestError,
  LeaseLostError,
  NoCapacityError,
  NodeFailedError,
  NodeNotAdoptableError,
  type RefusedOffering,
  ScopeChangedError,
  UnreadableDeploymentError,
} from "./deployment-error.ts";
export {
  InvalidRoutingOptionsError,
  NodesUnreachableError,
  RoutingQueueFullError,
} from "./routing/routing-error.ts";
