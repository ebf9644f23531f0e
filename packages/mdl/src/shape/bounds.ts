import { InvalidSchemaError } from "@conduit/types";
import { Check } from "typebox/schema";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { type BoundedType, type BoundsOf, bounds } from "./bound-types.ts";
import type { SchemaNode } from "./schema-source.ts";

/** Names of the bounds of a JSON type. */
export const boundKeywords = (type: BoundedType): readonly string[] => Object.keys(bounds[type]);

/** The bounds that `node` sets for `type`, always in the same order. */
export function readBounds<T extends BoundedType>({ schema, keys }: SchemaNode, type: T): BoundsOf<T> {
  const found: Record<string, unknown> = {};
  const given = type === "number" ? withoutFlags(schema) : schema;
  for (const [keyword, expected] of Object.entries(bounds[type])) {
    const value = given[keyword];
    if (value === undefined || (keyword === "uniqueItems" && value === false)) continue;
    if (value === 0 && /^min[A-Z]/.test(keyword)) continue;
    if (typeof value !== expected || (expected === "number" && !Number.isFinite(value))) {
      throw new MdlSchemaError(
        keys,
        `${keyword}: ${typeof value === "number" ? value : JSON.stringify(value)}`,
        `give it a ${expected}`,
      );
    }
    found[keyword] = value;
  }
  return found as BoundsOf<T>;
}

/** Draft 4 has `exclusiveMinimum` as a flag beside `minimum`; later drafts as a number of its own. */
function withoutFlags(schema: SchemaNode["schema"]): SchemaNode["schema"] {
  const given = { ...schema };
  for (const [flag, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof given[flag] !== "boolean") continue;
    const exclusive = given[flag] && given[limit] !== undefined;
    given[flag] = exclusive ? given[limit] : undefined;
    if (exclusive) delete given[limit];
  }
  return given;
}

/** Whether a value of the type that `bounds` are for keeps them. */
export function withinBounds(value: unknown, bounds: BoundsOf<BoundedType>): boolean {
  for (const keyword in bounds) {
    if (!keeps(value, keyword, bounds)) return false;
  }
  return true;
}

/** The validator of the library takes microseconds to start; what is plain is compared here. */
function keeps(value: unknown, keyword: string, bounds: BoundsOf<BoundedType>): boolean {
  const number = value as number;
  const limit = bounds[keyword as keyof typeof bounds];
  const bound = limit as unknown as number;
  switch (keyword) {
    case "minimum":
      return number >= bound;
    case "maximum":
      return number <= bound;
    case "exclusiveMinimum":
      return number > bound;
    case "exclusiveMaximum":
      return number < bound;
    case "minLength":
      return lengthOf(value as string, bound) >= bound;
    case "maxLength":
      return lengthOf(value as string, bound + 1) <= bound;
    case "minItems":
      return (value as unknown[]).length >= bound;
    case "maxItems":
      return (value as unknown[]).length <= bound;
    case "pattern":
      return patternOf(bounds).test(value as string);
    default:
      return Check({ [keyword]: limit }, value);
  }
}

/** Length of a text in code points; counted only where its length in code units does not tell whether it reaches `least`. */
function lengthOf(text: string, least: number): number {
  const { length } = text;
  return length < least || length >= 2 * least ? length : [...text].length;
}

const patterns = new WeakMap<BoundsOf<"string">, RegExp>();

function patternOf(bounds: BoundsOf<"string">): RegExp {
  const known = patterns.get(bounds);
  if (known !== undefined) return known;
  const expression = expressionOf(bounds.pattern ?? "");
  patterns.set(bounds, expression);
  return expression;
}

/**
 * The expression that a pattern of a schema is.
 *
 * @throws {@link InvalidSchemaError} where JavaScript does not read it.
 */
export function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (cause) {
    throw new InvalidSchemaError(`one that does not compile: ${(cause as Error).message}`, { cause });
  }
}
