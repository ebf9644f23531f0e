import type { CallOptions, DeploymentStatus } from "@conduit/types";
import type { UntilReadyOptions } from "./deploy-request.ts";
import type { EndpointSource, NodeEndpoint } from "./endpoint.ts";

/**
 * A deployment that this process uses. While it does, the deployment's nodes stay; `dispose` detaches, and never ends what
 * another process uses.
 */
export interface Deployment extends EndpointSource, AsyncDisposable {
  readonly id: string;
  /** Hash of everything that decides what runs: same key and namespace, same deployment. */
  readonly key: string;
  /** As this process last saw it. */
  readonly status: DeploymentStatus;
  /** Endpoints of the nodes that have told where they listen, ready or not. */
  readonly endpoints: readonly NodeEndpoint[];
  /** Whether all nodes were ready when last seen. */
  readonly ready: boolean;

  /**
   * Waits until all nodes are ready.
   *
   * @throws NodeFailedError when a node ended or reported a failure, with the end of its log.
   * @throws DeploymentTimeoutError when `timeoutSeconds` are over.
   * @throws DeploymentClosedError when the deployment was disposed or deleted.
   */
  untilReady(options?: UntilReadyOptions): Promise<void>;

  /** Ends all nodes, whoever else uses them, and forgets the deployment. More than once is fine. */
  delete(options?: CallOptions): Promise<void>;

  /** Detaches this process. More than once is fine. */
  dispose(): Promise<void>;
}
