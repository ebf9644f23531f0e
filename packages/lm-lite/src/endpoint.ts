import type { CallOptions } from "@conduit/types";

/** Where requests go. */
export interface Endpoint {
  readonly nodeName: string;
  /** Without a trailing slash and without `/v1`. */
  readonly baseUrl: string;
  readonly key?: string | undefined;
}

/** Gives an endpoint for each request, once there is one that is ready. A deployment is one. */
export interface EndpointSource {
  acquire(options?: CallOptions): Promise<EndpointLease>;
}

/** An endpoint for one request; it counts as busy until it is released. */
export interface EndpointLease {
  readonly endpoint: Endpoint;
  release(): void;
}

/** An endpoint that is simply there. `baseUrl` may end in `/v1`, as other clients want it. */
export function fixedEndpoint(baseUrl: string, key: string | undefined): EndpointSource {
  const trimmed = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  const endpoint: Endpoint = { nodeName: new URL(trimmed).host, baseUrl: trimmed, key };
  return { acquire: async () => ({ endpoint, release: () => undefined }) };
}
