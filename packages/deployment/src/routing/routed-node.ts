import type { NodeEndpoint } from "../endpoint.ts";

/** A node that requests may be sent to. What it says of itself is read again for each request. */
export interface RoutedNode {
  /** Unique among the nodes of a router. */
  readonly name: string;
  /** Absent until it is known where the node listens. */
  readonly endpoint?: NodeEndpoint | undefined;
  /** Whether the node takes requests, as far as its owner knows. */
  readonly ready: boolean;
  /** Asks the node itself whether it takes requests. A rejection means no. */
  probe(signal: AbortSignal): Promise<boolean>;
}
