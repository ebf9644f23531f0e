import { excerpt } from "../excerpt.ts";
import type { LiteralShape } from "../shape/shape.ts";
import type { Alignment } from "./alignment.ts";

/** The values of a literal by what they are compared by; null where several are alike. */
type Index = ReadonlyMap<unknown, unknown>;

const indexes = new WeakMap<LiteralShape, readonly Index[]>();

/**
 * Aligns a literal; one that differs only in case, in the space and punctuation around and between its words, or in being
 * text, is taken when it is the only one.
 */
export function alignLiteral(value: unknown, shape: LiteralShape, alignment: Alignment): unknown {
  const [exact, ...looser] = indexesOf(shape);
  if (exact?.has(identity(value))) return value;
  if (typeof value === "string" || typeof value === "number") {
    for (const [depth, index] of looser.entries()) {
      const literal = index.get(comparisons[depth + 1]?.(value)) ?? null;
      if (literal === null) continue;
      alignment.repaired("literal", `read ${excerpt(value)} as ${excerpt(literal)}`);
      return literal;
    }
  }
  return alignment.misfit(shape, value);
}

function indexesOf(shape: LiteralShape): readonly Index[] {
  const known = indexes.get(shape);
  if (known !== undefined) return known;
  const made = comparisons.map((compare) => {
    const index = new Map<unknown, unknown>();
    for (const value of shape.values) {
      const key = compare(value);
      if (key !== undefined) index.set(key, index.has(key) ? null : value);
    }
    return index;
  });
  indexes.set(shape, made);
  return made;
}

/** What two values that are the same value have in common, and no others. */
function identity(value: unknown): unknown {
  return typeof value === "object" ? JSON.stringify(value, sortKeys) : value;
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function inLowerCase(value: unknown): string | undefined {
  return typeof value === "object" ? undefined : String(value).trim().toLowerCase() || undefined;
}

/** From strict to loose; what gives undefined is not compared. */
const comparisons: readonly ((value: unknown) => unknown)[] = [
  identity,
  inLowerCase,
  (value) =>
    typeof value === "string"
      ? inLowerCase(value)
          ?.replace(/^["'`*]+|["'`*.,;:!]+$/g, "")
          .replace(/(?<=[\p{L}\p{N}])[\s_-]+(?=[\p{L}\p{N}])/gu, "_") || undefined
      : undefined,
];
