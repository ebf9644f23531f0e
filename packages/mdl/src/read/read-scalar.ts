const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const words = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["none", null],
]);

/** A number, boolean or null, and whether it is written as JSON has it. */
export interface Scalar {
  readonly value: number | boolean | null;
  readonly strict: boolean;
}

/** Reads a number, or `true`, `false`, `null` also in Python's spelling; undefined where `written` is neither. */
export function readScalar(written: string): Scalar | undefined {
  if (number.test(written)) {
    const value = Number(written);
    return Number.isFinite(value) ? { value, strict: jsonNumber.test(written) } : undefined;
  }
  const value = words.get(written.toLowerCase());
  return value === undefined ? undefined : { value, strict: written === String(value) };
}
