/** The keywords that narrow a type without changing its structure, and what their values are; no length is 0 at least. */
interface Bounds {
  readonly str: {
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly format?: string;
  };
  readonly float: {
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
    readonly exclusiveMaximum?: number;
    readonly multipleOf?: number;
  };
  readonly list: {
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly uniqueItems?: true;
  };
  readonly object: {
    readonly minProperties?: number;
    readonly maxProperties?: number;
  };
}

/** Kinds of the shapes that have bounds; whole numbers have those of all numbers. */
export type BoundedKind = keyof Bounds;

/** The bounds of a kind of shape, under their names in JSON Schema. */
export type BoundsOf<Kind extends BoundedKind> = Bounds[Kind];
