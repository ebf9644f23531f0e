import { ProviderError, type ProviderOutcome, type ProviderRetry } from "@conduit/types";
import type { Problem } from "../api/problem.ts";

export interface RunpodRefusedErrorOptions {
  readonly outcome: ProviderOutcome;
  readonly retry: ProviderRetry;
}

/** RunPod was asked, and refused. */
export class RunpodRefusedError extends ProviderError {
  static override readonly code = "RUNPOD_REFUSED";
  override readonly code = RunpodRefusedError.code;
  /** HTTP status of RunPod's answer. */
  readonly status: number;
  /** What RunPod said. */
  readonly reason: string;
  /** What is wrong with the request, where RunPod lists it. */
  readonly violations: readonly string[];
  /** Whether RunPod says so itself, and not something between here and there. */
  readonly isOfRunpod: boolean;

  constructor(what: string, problem: Problem, options: RunpodRefusedErrorOptions) {
    const { status, reason, violations, isDocument } = problem;
    const hint = HINTS[status];
    super(
      `expected RunPod to ${what}, but it answered ${status}: ${[reason, ...violations].join("; ")}` +
        `${hint === undefined ? "" : ` (${hint})`}`,
      { ...options, provider: "RUNPOD", suspectsRequest: status === 400 && !NO_CAPACITY.test(reason) },
    );
    this.status = status;
    this.reason = reason;
    this.violations = violations;
    this.isOfRunpod = isDocument;
  }
}

/**
 * How RunPod says that there is no machine, with the status that bad requests have too. Its document has no words for it; in practice they are "There are no
 * longer any instances available", with the requested specifications, enough disk space, and so on.
 */
const NO_CAPACITY = /\binstances? available\b/i;

const HINTS: Readonly<Record<number, string>> = {
  401: "check RUNPOD_API_KEY or the option apiKey",
  402: "the account's balance does not suffice",
  403: "the key or the account has no right to this",
  422: "look for what the API does not take among the option overrides",
};
