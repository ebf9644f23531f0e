import { memoized } from "../memoized.ts";
import { isMap } from "../shape/is-map.ts";
import type { LiteralShape } from "../shape/shape.ts";

/** Texts that no literal is like are remembered, as long as they are few and short. */
const maxStrangeCount = 100;
const maxStrangeLength = 100;

/** What values are compared by, from strict to loose; what gives undefined is not compared. */
const comparisons: readonly ((value: unknown) => unknown)[] = [
  (value) => (typeof value === "object" ? JSON.stringify(value, sortKeys) : value),
  inLowerCase,
  (value) =>
    typeof value === "string"
      ? inLowerCase(value)
          ?.replace(/^["'`*]+/, "")
          // Tried once for each run of them: models that are lost repeat one for ever.
          .replace(/(?<!["'`*.,;:!])["'`*.,;:!]+$/, "")
          .replace(/(?<=[\p{L}\p{N}])[\s_-]+(?=[\p{L}\p{N}])/gu, "_") || undefined
      : undefined,
];

function sortKeys(_: string, value: unknown): unknown {
  return isMap(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}

/** A value without what case and the space around it add; undefined where nothing is left. */
export function inLowerCase(value: unknown): string | undefined {
  return typeof value === "object" ? undefined : String(value).trim().toLowerCase() || undefined;
}

const indexOf = memoized(({ values }: LiteralShape) => ({
  lookups: comparisons.map((compare) => {
    const index = new Map<unknown, unknown>();
    for (const value of values) {
      const key = compare(value);
      // Of several that are alike none is meant.
      index.set(key, index.has(key) ? undefined : value);
    }
    index.delete(undefined);
    return (value: unknown) => index.get(compare(value));
  }),
  /** Those of the other members of a union come again and again. */
  strange: new Set<unknown>(),
}));

/**
 * The literal that is meant; one that differs only in case, in the space and punctuation around and between its words, or in
 * being text, is taken when it is the only one.
 */
export function literalLike(value: unknown, shape: LiteralShape): unknown {
  const { lookups, strange } = indexOf(shape);
  if (lookups[0]?.(value) !== undefined) return value;
  if (typeof value === "boolean" || strange.has(value)) return undefined;
  for (const lookup of lookups) {
    const literal = lookup(value);
    if (literal !== undefined) return literal;
  }
  const isText = typeof value === "string" && value.length < maxStrangeLength;
  if (isText && strange.size < maxStrangeCount) strange.add(value);
  return undefined;
}
