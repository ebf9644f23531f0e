import { InvalidStateNumberError } from "./state-error.ts";

/**
 * Refuses numbers that do not come back as they were put, in every store alike: columns are whole, beyond 2^53 they would be rounded,
 * and SQLite makes nothing of NaN, which is no limit where one was meant.
 *
 * @throws InvalidStateNumberError
 */
export function requireWholeNumbers(what: string, fields: object): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "number" && !Number.isSafeInteger(value))
      throw new InvalidStateNumberError(what, name, value);
  }
}
