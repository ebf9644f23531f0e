/** The keywords that narrow a type without changing its structure, and what their values are. */
export const bounds = {
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
