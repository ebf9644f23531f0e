import { ProviderError, type ProviderRetry } from "@conduit/types";

/** A failure that had no effect: nothing runs that did not run before. */
export function localError(
  message: string,
  options: { cause?: unknown; retry?: ProviderRetry } = {},
): ProviderError {
  const { cause, retry = "never" } = options;
  return new ProviderError(message, { provider: "LOCAL", outcome: "none", retry, cause });
}

/** The `code` of a failed system call, such as `ENOENT`. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
