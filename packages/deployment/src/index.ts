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

// What is deployed
export type { Deployment } from "./deployment.ts";
export type { AcquireOptions, EndpointLease, EndpointSource, NodeEndpoint } from "./endpoint.ts";

// Routing
export type { EndpointRouterOptions, RoutingLoad, RoutingOptions } from "./routing/endpoint-router.ts";
export { EndpointRouter } from "./routing/endpoint-router.ts";
export type { RoutedNode } from "./routing/routed-node.ts";
export type { RoutingPolicy } from "./routing/routing-policy.ts";

// Errors
export {
  DeploymentClosedError,
  DeploymentError,
  DeploymentTimeoutError,
  InvalidDeployRequestError,
  NodeFailedError,
} from "./deployment-error.ts";
export {
  InvalidRoutingOptionsError,
  NodesUnreachableError,
  RoutingQueueFullError,
} from "./routing/routing-error.ts";
