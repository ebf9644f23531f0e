import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";

/** Longest time that a timer can wait for. */
const MAX_SECONDS = 2 ** 31 / 1_000 - 1;

/** @throws {@link InvalidBlockOptionsError} */
export function requireCount(block: string, option: string, value: number, minimum: number): number {
  if (Number.isInteger(value) && value >= minimum) return value;
  throw new InvalidBlockOptionsError(`a whole number of at least ${minimum}`, value, { block, option });
}

/** @throws {@link InvalidBlockOptionsError} */
export function requireSeconds(block: string, option: string, value: number): number {
  if (value >= 0 && value <= MAX_SECONDS) return value;
  throw new InvalidBlockOptionsError(`seconds from 0 to ${Math.floor(MAX_SECONDS)}`, value, {
    block,
    option,
  });
}
