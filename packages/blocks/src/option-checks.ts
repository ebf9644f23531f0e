import { InvalidBlockOptionsError } from "./invalid-block-options-error.ts";

/** Longest delay of Node's timers in seconds; a longer one would fire at once. */
export const MAX_TIMER_SECONDS = (2 ** 31 - 1) / 1000;

/** What a timeout may be, in words. */
export const TIMEOUT_RANGE = `above 0 and at most ${MAX_TIMER_SECONDS}, or Infinity`;

/** Whether a number of seconds can be a timeout; `Infinity` is none. */
export function isTimeout(seconds: number): boolean {
  return seconds > 0 && (seconds <= MAX_TIMER_SECONDS || seconds === Number.POSITIVE_INFINITY);
}

/** Whether something is a whole number that a limit can be. */
export function isLimit(value: number, least = 0): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

/** Makes the check of a block's options: whatever does not hold throws {@link InvalidBlockOptionsError}, by the option's name. */
export function optionChecks<Options extends object>(
  block: string,
  options: Options,
): (option: keyof Options & string, expected: string, holds: boolean) => void {
  return (option, expected, holds) => {
    if (!holds) throw new InvalidBlockOptionsError(expected, options[option], { block, option });
  };
}

/** @throws {@link InvalidBlockOptionsError} where the value is no whole number from `least`. */
export function requireCount(block: string, option: string, value: number, least: number): number {
  if (isLimit(value, least)) return value;
  throw new InvalidBlockOptionsError(`a whole number from ${least}`, value, { block, option });
}

/** @throws {@link InvalidBlockOptionsError} where the value is no number of seconds that a timer can wait. */
export function requireSeconds(block: string, option: string, value: number): number {
  if (value >= 0 && value <= MAX_TIMER_SECONDS) return value;
  throw new InvalidBlockOptionsError(`seconds from 0 to ${MAX_TIMER_SECONDS}`, value, { block, option });
}
