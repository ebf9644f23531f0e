import type { Deadline } from "../deadline.ts";
import { MAX_TIMER_SECONDS } from "../option-checks.ts";
import { pause } from "../pause.ts";
import type { HttpAnswer } from "./decode-body.ts";
import { exchange } from "./exchange.ts";
import type { HttpSettings } from "./http-options.ts";
import { HttpProblem } from "./http-problem.ts";
import type { HttpRequest } from "./redirect.ts";
import { isTransientStatus, retryDelayMs } from "./retry-delay.ts";

/** What a request is repeated by. */
export interface RequestOptions {
  readonly maxRetries: number;
  readonly deadline: Deadline;
  /** Told before a request is repeated. */
  onRetry(delayMs: number, why: string): void;
}

/**
 * A request, repeated while its failure is one that may pass and there is time: an answer of any status, which is the last one.
 *
 * @throws HttpProblem; the signal's reason.
 */
export async function request(
  first: HttpRequest,
  settings: HttpSettings,
  { maxRetries, deadline, onRetry }: RequestOptions,
): Promise<HttpAnswer> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOnce(first, settings, deadline.signal);
    const isTransient =
      outcome instanceof HttpProblem ? outcome.isTransient : isTransientStatus(outcome.status);
    const retryAfter = outcome instanceof HttpProblem ? null : outcome.headers.get("retry-after");
    const delayMs = retryDelayMs(attempt, retryAfter);
    // A server may ask for longer than a timer can wait, which would then not wait at all.
    const longestMs = Math.min(deadline.remainingMs, MAX_TIMER_SECONDS * 1000);
    if (!isTransient || attempt >= maxRetries || delayMs >= longestMs) {
      if (outcome instanceof HttpProblem) throw outcome;
      return outcome;
    }
    onRetry(
      delayMs,
      outcome instanceof HttpProblem ? outcome.message : `The server answered ${outcome.status}.`,
    );
    await pause(delayMs / 1000, deadline.signal);
  }
}

async function attemptOnce(
  first: HttpRequest,
  settings: HttpSettings,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpProblem> {
  try {
    return await exchange(first, settings, signal);
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}
