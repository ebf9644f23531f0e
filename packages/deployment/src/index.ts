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
export type { EndpointLease, EndpointSource, NodeEndpoint } from "./endpoint.ts";

// Errors
export {
  DeploymentClosedError,
  DeploymentError,
  DeploymentTimeoutError,
  InvalidDeployRequestError,
  NodeFailedError,
} from "./deployment-error.ts";
