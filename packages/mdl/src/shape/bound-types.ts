/** The keywords that narrow a type without changing its structure, and what their values are; no length is 0 at least. */
interface Bounds {
  readonly string: {
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly format?: string;
  };
  readonly number: {
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
    readonly exclusiveMaximum?: number;
    readonly multipleOf?: number;
  };
  readonly array: {
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly uniqueItems?: true;
  };
  readonly object: {
    readonly minProperties?: number;
    readonly maxProperties?: number;
  };
}

/** JSON types that have bounds. */
export type BoundedType = keyof Bounds;

/** The bounds of a JSON type, under their names in JSON Schema. */
export type BoundsOf<T extends BoundedType> = Bounds[T];
