import { InvalidRequestError } from "../errors/invalid-request-error.ts";

const DEFAULT_MAX_RETRIES = 2;

/**
 * How often a model is asked again.
 *
 * @throws {@link InvalidRequestError} when `maxRetries` is no number of times.
 */
export function checkMaxRetries(maxRetries: number | undefined): number {
  if (maxRetries === undefined) return DEFAULT_MAX_RETRIES;
  if (Number.isInteger(maxRetries) && maxRetries >= 0) return maxRetries;
  throw new InvalidRequestError("maxRetries", "an integer from 0", maxRetries);
}
