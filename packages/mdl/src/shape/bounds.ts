import { MdlSchemaError } from "../mdl-schema-error.ts";
import type { SchemaNode } from "./schema-node.ts";

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

/** The bounds of a JSON type, under their names in JSON Schema. */
export type BoundsOf<T extends BoundedType> = {
  readonly [Keyword in keyof (typeof bounds)[T]]?: TypeNames[(typeof bounds)[T][Keyword] & keyof TypeNames];
};

/** Names of all bounds of all types. */
export const boundKeywords: readonly string[] = Object.values(bounds).flatMap((keywords) =>
  Object.keys(keywords),
);

/** The bounds that `node` sets for `type`, always in the same order. */
export function readBounds<T extends BoundedType>({ schema, keys }: SchemaNode, type: T): BoundsOf<T> {
  const found: Record<string, unknown> = {};
  for (const [keyword, expected] of Object.entries(bounds[type])) {
    const value = schema[keyword];
    if (value === undefined) continue;
    if (typeof value !== expected) {
      throw new MdlSchemaError(keys, `${keyword}: ${JSON.stringify(value)}`, `give it a ${expected}`);
    }
    found[keyword] = value;
  }
  return found as BoundsOf<T>;
}
