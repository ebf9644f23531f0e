import type { CallOptions } from "@conduit/types";
import { InvalidApiKeyError } from "./errors/invalid-api-key-error.ts";
import { InvalidBaseUrlError } from "./errors/invalid-base-url-error.ts";

/** Where requests go. */
export interface Endpoint {
  readonly nodeName: string;
  /** Without a trailing slash and without `/v1`. */
  readonly baseUrl: string;
  readonly key?: string | undefined;
}

/** How an endpoint is asked for. */
export interface AcquireOptions extends CallOptions {
  /** Names of the nodes that have failed this request already: any other comes first. */
  readonly avoid?: readonly string[] | undefined;
}

/** Gives an endpoint for each request, once there is one that is ready. A deployment is one. */
export interface EndpointSource {
  acquire(options?: AcquireOptions): Promise<EndpointLease>;
}

/** An endpoint for one request; it counts as busy until it is released. */
export interface EndpointLease {
  readonly endpoint: Endpoint;
  release(): void;
  /** Gives the endpoint back because it did not begin to answer. Absent where there is no other that could. */
  fail?(cause: unknown): void;
}

/**
 * An endpoint that is simply there. `baseUrl` may end in `/v1`, as other clients want it.
 *
 * @throws {@link InvalidBaseUrlError} when requests cannot be sent to `baseUrl`, {@link InvalidApiKeyError} when they cannot carry `key`.
 */
export function fixedEndpoint(baseUrl: string, key: string | undefined): EndpointSource {
  const trimmed = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  if (key !== undefined) requireHeaderValue(key);
  const endpoint: Endpoint = { nodeName: hostOf(trimmed), baseUrl: trimmed, key };
  return { acquire: async () => ({ endpoint, release: () => undefined }) };
}

function hostOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null) throw new InvalidBaseUrlError("no URL");
  if (url.username !== "" || url.password !== "") throw new InvalidBaseUrlError("one with them");
  if (url.search !== "" || url.hash !== "") throw new InvalidBaseUrlError("one with a ? or #");
  if (!/^https?:$/.test(url.protocol)) throw new InvalidBaseUrlError(`the protocol ${url.protocol}`);
  return url.host;
}

/** What `fetch` says of a value that it does not take repeats that. */
function requireHeaderValue(key: string): void {
  try {
    new Headers({ authorization: `Bearer ${key}` });
  } catch {
    throw new InvalidApiKeyError();
  }
}
