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
