import { list } from "./format.ts";

/** What a stated value has to be. */
export interface Kind {
  readonly expected: string;
  readonly is: (value: unknown) => boolean;
}

export function wholeFrom(least: number): Kind {
  return {
    expected: `a whole number from ${least}`,
    is: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  };
}

export function oneOf(names: readonly string[]): Kind {
  return { expected: list(names), is: (value) => names.some((name) => name === value) };
}

function typed(type: string): Kind {
  return { expected: `a ${type}`, is: (value) => typeof value === type };
}

export const TEXT = typed("string");
export const FLAG = typed("boolean");

export const AMOUNT: Kind = {
  expected: "a number from 0",
  is: (value) => Number(value) >= 0,
};

/** A value in a message; JSON has no NaN. */
export function shown(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
