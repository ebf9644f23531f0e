import type { CallOptions } from "@conduit/types";

/** Where requests go. */
export interface Endpoint {
  readonly name: string;
  /** Without a trailing slash and without `/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
}

/** Gives an endpoint for each request, once there is one that is ready. */
export interface EndpointSource {
  acquire(options: CallOptions): Promise<AcquiredEndpoint>;
}

/** An endpoint for one request; it counts as busy until it is released. */
export interface AcquiredEndpoint {
  readonly endpoint: Endpoint;
  release(): void;
}

/** An endpoint that is simply there. */
export function fixedEndpoint(baseUrl: string, apiKey: string | undefined): EndpointSource {
  const trimmed = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  const endpoint: Endpoint = { name: new URL(trimmed).host, baseUrl: trimmed, apiKey };
  return { acquire: async () => ({ endpoint, release: () => undefined }) };
}
