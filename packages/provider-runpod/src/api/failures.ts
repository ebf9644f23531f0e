import type { ProviderError, ProviderRetry } from "@conduit/types";
import { RunpodAnswerLostError } from "../errors/runpod-answer-lost-error.ts";
import { RunpodRateLimitError } from "../errors/runpod-rate-limit-error.ts";
import { RunpodRefusedError } from "../errors/runpod-refused-error.ts";
import { RunpodUnavailableError } from "../errors/runpod-unavailable-error.ts";
import { RunpodUnreachableError } from "../errors/runpod-unreachable-error.ts";
import type { Problem } from "./problem.ts";

/**
 * What a request does at RunPod, which decides what its failure means. What is to `end` is so for good, however often and late it is asked
 * for; a `change` may be outdated a moment later.
 */
export type RequestKind = "read" | "create" | "change" | "end";

/** What failed. */
export interface FailedRequest {
  readonly kind: RequestKind;
  /** What RunPod was to do, as in `list its pods`. */
  readonly what: string;
}

/** Time in milliseconds to wait after a 429 that does not say how long. */
const USUAL_RETRY_AFTER_MS = 5_000;

/** What a status that is no success means. */
export function refusalOf(
  { kind, what }: FailedRequest,
  problem: Problem,
  retryAfterMs?: number | undefined,
): ProviderError {
  const { status, reason } = problem;
  if (status === 429) return new RunpodRateLimitError(what, retryAfterMs ?? USUAL_RETRY_AFTER_MS, reason);
  const outcome = kind === "read" ? "none" : "maybe";
  if (status >= 500) return new RunpodUnavailableError(what, problem, { outcome, retryAfterMs });
  // It may point at what it has made; the other two say that the request is to be sent elsewhere.
  if (status < 400 && status !== 307 && status !== 308) {
    return new RunpodRefusedError(what, problem, { outcome, retry: "later" });
  }
  // The server gave up waiting for the rest of the request; whether it has acted on it, it does not say.
  if (status === 408) return new RunpodRefusedError(what, problem, { outcome, retry: "later" });
  // What is between here and RunPod knows nothing of pods.
  const retry = problem.isDocument ? retryAfterRefusal(kind, status) : "later";
  return new RunpodRefusedError(what, problem, { outcome: "none", retry });
}

/**
 * Another machine may be had where RunPod refuses one for want of capacity, which it does with the 400 of bad requests, or because the account
 * has no access to its pool. Whatever else it refuses, it refuses for all machines.
 */
function retryAfterRefusal(kind: RequestKind, status: number): ProviderRetry {
  return kind === "create" && (status === 400 || status === 403) ? "next-offering" : "never";
}

/** What it means that no whole answer came. */
export function connectionFailureOf(
  { kind, what }: FailedRequest,
  url: string,
  error: unknown,
): ProviderError {
  const reason = reasonOf(error);
  if (wasNeverSent(error)) return new RunpodUnreachableError(what, url, reason, { cause: error });
  const outcome = kind === "read" ? "none" : "maybe";
  return new RunpodAnswerLostError(what, reason, { outcome, cause: error });
}

/** How the operating system says that it could not connect; of a connection that there was it may say the same when its network is gone. */
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "ETIMEDOUT",
]);

/** How its resolver, TLS and undici say that there was no connection to send a request on. */
const NEVER_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);

/** A reset within the handshake has the code of any other, so that its words have to do. */
const RESET_IN_HANDSHAKE = "before secure TLS connection was established";

/** Whether it is certain that the request did not leave this machine. */
function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Of a host with several addresses each was tried.
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(wasNeverSent);
  if ("code" in error && typeof error.code === "string") {
    if (NEVER_SENT.has(error.code)) return true;
    if (NOT_CONNECTED.has(error.code) && "syscall" in error && error.syscall === "connect") return true;
  }
  return error.message.includes(RESET_IN_HANDSHAKE) || wasNeverSent(error.cause);
}

/** `fetch` says only that it failed; its causes say why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name;
}
