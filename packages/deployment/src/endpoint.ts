import type { CallOptions } from "@conduit/types";

/** Where a node of a deployment answers. */
export interface NodeEndpoint {
  readonly nodeName: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Bearer key that the endpoint demands. */
  readonly key: string;
}

/** An endpoint lent for one request; give it back when the request has ended, so that the next one knows how busy the node is. */
export interface EndpointLease extends Disposable {
  readonly endpoint: NodeEndpoint;
  /** More than once is fine. */
  release(): void;
  /**
   * Gives the endpoint back because its node did not begin to answer: no connection, one that was closed, or word that it takes no requests. The
   * node gets no more until its health probe answers. Does nothing after `release`.
   */
  fail(cause: unknown): void;
}

/** How an endpoint is asked for. */
export interface AcquireOptions extends CallOptions {
  /**
   * Names of the nodes that have failed this request already: any other comes first, though one that is back is better than to wait. A
   * request that has failed somewhere waits before all that are new.
   */
  readonly avoid?: readonly string[] | undefined;
}

/** Who lends endpoints for requests. */
export interface EndpointSource {
  /** Waits until a node is ready and free, and lends it; which one depends on the routing policy. */
  acquire(options?: AcquireOptions): Promise<EndpointLease>;
}
