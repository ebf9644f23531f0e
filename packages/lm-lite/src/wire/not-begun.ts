import { EndpointError } from "../errors/endpoint-error.ts";
import { EndpointUnreachableError } from "../errors/endpoint-unreachable-error.ts";

/**
 * Why an endpoint did not begin to answer: its connection was `closed`, as one is that was kept from an earlier request while the
 * endpoint was started again; it was `unreachable` in another way; or it said that it is `unavailable`.
 */
export type NotBegun = "closed" | "unreachable" | "unavailable";

/** 502 and 503, and what Cloudflare has for a server that it does not reach. None says that the request is being worked on. */
const unavailableStatuses: ReadonlySet<number> = new Set([502, 503, 521, 522, 523]);

/** What LM Lite answers with status 503, but may also find out when the status is sent. */
const unavailableCodes: ReadonlySet<string | undefined> = new Set(["engine_unhealthy", "out_of_memory"]);

/** As undici and the operating system have it. */
const closedCodes: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Why nothing of an answer has come, if another endpoint may have it: an endpoint that refuses a request speaks for all. */
export function notBegun(error: unknown): NotBegun | undefined {
  if (EndpointUnreachableError.isInstance(error)) {
    return isClosed(error.cause) ? "closed" : "unreachable";
  }
  if (!EndpointError.isInstance(error)) return undefined;
  const { status, errorCode } = error;
  const isUnavailable = status === 200 ? unavailableCodes.has(errorCode) : unavailableStatuses.has(status);
  return isUnavailable ? "unavailable" : undefined;
}

/** `fetch` wraps what has happened in an error of its own. */
function isClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && closedCodes.has(error.code)) || isClosed(error.cause);
}
