import { excerpt } from "../excerpt.ts";
import type { LiteralShape } from "../shape/shape.ts";
import type { Alignment } from "./alignment.ts";

/** The values of a literal by what they are compared by; null where several are alike. */
type Index = ReadonlyMap<unknown, unknown>;

interface Indexes {
  /** One for each comparison. */
  readonly all: readonly Index[];
  /** Texts that no literal is like: those of the other members of a union come again and again. */
  readonly strange: Set<string>;
}

const maxStrange = 100;

const indexes = new WeakMap<LiteralShape, Indexes>();

/**
 * Aligns a literal; one that differs only in case, in the space and punctuation around and between its words, or in being
 * text, is taken when it is the only one.
 */
export function alignLiteral(value: unknown, shape: LiteralShape, alignment: Alignment): unknown {
  const { all, strange } = indexesOf(shape);
  if (all[0]?.has(identity(value))) return value;
  const isText = typeof value === "string";
  if ((isText && !strange.has(value)) || typeof value === "number") {
    for (let depth = 1; depth < all.length; depth += 1) {
      const literal = all[depth]?.get(comparisons[depth]?.(value)) ?? null;
      if (literal === null) continue;
      alignment.repaired("literal", `read ${excerpt(value)} as ${excerpt(literal)}`);
      return literal;
    }
    if (isText && strange.size < maxStrange && value.length < 100) strange.add(value);
  }
  return alignment.misfit(shape, value);
}

function indexesOf(shape: LiteralShape): Indexes {
  const known = indexes.get(shape);
  if (known !== undefined) return known;
  const all = comparisons.map((compare) => {
    const index = new Map<unknown, unknown>();
    for (const value of shape.values) {
      const key = compare(value);
      if (key !== undefined) index.set(key, index.has(key) ? null : value);
    }
    return index;
  });
  const made = { all, strange: new Set<string>() };
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
