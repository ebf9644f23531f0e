import { InvalidSchemaError } from "@conduit/types";
import { Check } from "typebox/schema";
import { memoized } from "../memoized.ts";
import type { BoundedKind, BoundsOf } from "./bound-types.ts";
import { isJson } from "./is-json.ts";
import { wrongValue } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";

/** Names of the bounds of each kind of shape, in the order that shapes have them in. */
export const boundKeywords: Readonly<Record<BoundedKind, readonly string[]>> = {
  str: ["minLength", "maxLength", "pattern", "format"],
  float: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  list: ["minItems", "maxItems", "uniqueItems"],
  object: ["minProperties", "maxProperties"],
};

/** What the values of bounds are where they are no numbers. */
const valueTypes: Readonly<Record<string, string>> = {
  pattern: "string",
  format: "string",
  uniqueItems: "boolean",
};

/** The bounds that `node` sets for a kind of shape, always in the same order. */
export function readBounds<Kind extends BoundedKind>(node: SchemaNode, kind: Kind): BoundsOf<Kind> {
  const found: Record<string, unknown> = {};
  const given = withoutFlags(node.schema);
  for (const keyword of boundKeywords[kind]) {
    const value = given[keyword];
    const keepsNothing =
      keyword === "uniqueItems" ? value === false : value === 0 && /^min[A-Z]/.test(keyword);
    if (value === undefined || keepsNothing) continue;
    const expected = valueTypes[keyword] ?? "number";
    if (typeof value !== expected || !isJson(value)) throw wrongValue(node, keyword, `a ${expected}`, value);
    found[keyword] = value;
  }
  return found as BoundsOf<Kind>;
}

/** Draft 4 has `exclusiveMinimum` as a flag beside `minimum`; later drafts as a number of its own. */
function withoutFlags(schema: SchemaNode["schema"]): SchemaNode["schema"] {
  const given = { ...schema };
  for (const limit of ["minimum", "maximum"]) {
    const flag = limit.replace("m", "exclusiveM");
    if (given[flag] === true) {
      given[flag] = given[limit];
      delete given[limit];
    } else if (given[flag] === false) delete given[flag];
  }
  return given;
}

/** Whether a value of the type that `bounds` are for keeps them. */
export function withinBounds(value: unknown, bounds: BoundsOf<BoundedKind>): boolean {
  for (const keyword in bounds) {
    if (!keeps(value, keyword, bounds)) return false;
  }
  return true;
}

/** The validator of the library takes microseconds to start; what is plain is compared here. */
function keeps(value: unknown, keyword: string, bounds: BoundsOf<BoundedKind>): boolean {
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

const patternOf = memoized((bounds: BoundsOf<BoundedKind>) =>
  expressionOf((bounds as BoundsOf<"str">).pattern ?? ""),
);

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
