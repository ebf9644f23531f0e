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
}

/** Who lends endpoints for requests. */
export interface EndpointSource {
  /** Waits until a node is ready, and lends the one with the fewest requests under way. */
  acquire(options?: CallOptions): Promise<EndpointLease>;
}
