import type { DeployOptions, DeployRequest } from "./deploy-request.ts";
import type { Deployment } from "./deployment.ts";

/**
 * Starts what `request` asks for, or attaches to it where it runs already, and returns as soon as the providers have taken it
 * on; {@link Deployment.untilReady} waits for the rest.
 */
export declare function deploy(request: DeployRequest, options?: DeployOptions): Promise<Deployment>;
