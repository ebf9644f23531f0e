import { Check } from "typebox/schema";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import type { SchemaNode } from "./schema-source.ts";

/** The keywords that narrow a type without changing its structure, and what their values are. */
const bounds = {
  string: { minLength: "number", maxLength: "number", pattern: "string", format: "string" },
  number: {
    minimum: "number",
    maximum: "number",
    exclusiveMinimum: "number",
    exclusiveMaximum: "number",
    multipleOf: "number",
  },
  array: { minItems: "number", maxItems: "number", uniqueItems: "boolean" },
  object: { minProperties: "number", maxProperties: "number" },
} as const;

/** JSON types that have bounds. */
export type BoundedType = keyof typeof bounds;

interface TypeNames {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

/** The bounds of a JSON type, under their names in JSON Schema; `uniqueItems` is never false, and no length at least 0. */
export type BoundsOf<T extends BoundedType> = {
  readonly [Keyword in keyof (typeof bounds)[T]]?: TypeNames[(typeof bounds)[T][Keyword] & keyof TypeNames];
};

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
    if (typeof value !== expected) {
      throw new MdlSchemaError(keys, `${keyword}: ${JSON.stringify(value)}`, `give it a ${expected}`);
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
  for (const _ in bounds) return Check(bounds, value);
  return true;
}
