import type { Schema } from "@conduit/types";
import type { TUnknown } from "typebox";
import { NoOp } from "../no-op.ts";
import { HttpBlock, type RequestParts } from "./http-block.ts";
import type { HttpOptions } from "./http-options.ts";

/**
 * Gets what is at an endpoint, as text or JSON.
 *
 * A server that cannot be reached, an answer that is no success, and a body of another kind are results, not errors. A failure that may
 * pass is asked again, later and later, and not before the server's `Retry-After`.
 *
 * What the server sends is as hostile as the server: it is bounded in size (`maxResponseBytes`) and time (`timeoutSeconds`), its redirects
 * do not get your headers at other hosts, and `output` says what its body must be. An endpoint that a model or a stranger wrote, or a
 * redirect, can name hosts that only this machine reaches: `allowedHosts` closes that, and `publicAddressesOnly` most of it.
 *
 * @example
 * ```ts
 * const Health = Type.Object({ ready: Type.Boolean() });
 * const health = new HttpGetBlock("http://127.0.0.1:2/health", { output: Health, maxRetries: 0 });
 *
 * const operation = await health.run();
 * console.log(operation.success ? operation.data.ready : operation.reason); // No answer from http://127.0.0.1:2: ECONNREFUSED.
 * ```
 */
export class HttpGetBlock<Body extends Schema = TUnknown> extends HttpBlock<typeof NoOp, Body> {
  /** @throws {@link InvalidBlockOptionsError} when the endpoint is no URL of HTTP, or an option is out of its range. */
  constructor(endpoint: string | URL, options: HttpOptions<Body> = {}) {
    super(NoOp, endpoint, options);
  }

  protected override partsOf(): RequestParts {
    return { method: "GET", isRepeatable: true };
  }
}
