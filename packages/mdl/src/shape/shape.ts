import type { BoundsOf } from "./bounds.ts";

/** What a schema says beside the type; it constrains nothing. */
export interface Annotations {
  readonly title?: string;
  readonly description?: string;
}

/** Text. */
export interface StringShape extends Annotations {
  readonly kind: "str";
  readonly bounds: BoundsOf<"string">;
}

/** A number, whole for `int`. */
export interface NumberShape extends Annotations {
  readonly kind: "int" | "float";
  readonly bounds: BoundsOf<"number">;
}

/** True or false. */
export interface BooleanShape extends Annotations {
  readonly kind: "bool";
}

/** Null; it stands only among the members of a union. */
export interface NullShape extends Annotations {
  readonly kind: "null";
}

/** A value of a literal. */
export type LiteralValue = string | number | boolean;

/** One of the values named. */
export interface LiteralShape extends Annotations {
  readonly kind: "literal";
  readonly values: readonly LiteralValue[];
}

/** Any number of items of one shape. */
export interface ListShape extends Annotations {
  readonly kind: "list";
  readonly items: Shape;
  readonly bounds: BoundsOf<"array">;
}

/** One item after the other, each of its own shape. */
export interface TupleShape extends Annotations {
  readonly kind: "tuple";
  readonly items: readonly Shape[];
  /** How many of `items` must be there. */
  readonly minItems: number;
  /** Whether the schema leaves open what comes after `items`. */
  readonly open: boolean;
}

/** What the keys of a record are; JSON writes all of them as strings. */
export interface RecordKey {
  readonly kind: "str" | "int" | "float";
  /** Regular expression of the keys; absent when every key will do. */
  readonly pattern?: string;
}

/** Any number of keys, their values of one shape. */
export interface RecordShape extends Annotations {
  readonly kind: "record";
  readonly key: RecordKey;
  readonly value: Shape;
  /** Whether the schema leaves open what keys are that do not match. */
  readonly open: boolean;
  readonly bounds: BoundsOf<"object">;
}

/** One key of an object. */
export interface Field {
  readonly name: string;
  readonly shape: Shape;
  /** Whether the key may be absent. */
  readonly optional: boolean;
}

/** Named keys, each with its own shape, in the order of the schema. */
export interface ObjectShape extends Annotations {
  readonly kind: "object";
  readonly fields: readonly Field[];
  /** Whether the schema leaves other keys open. */
  readonly open: boolean;
  readonly bounds: BoundsOf<"object">;
}

/** One of several shapes. */
export interface UnionShape extends Annotations {
  readonly kind: "union";
  readonly members: readonly Shape[];
  /** Whether a value must fit one member only (`oneOf`). */
  readonly exclusive: boolean;
}

/**
 * The form between schemas and everything that MDL does with them: printers and the parser see shapes, never schemas.
 */
export type Shape =
  | StringShape
  | NumberShape
  | BooleanShape
  | NullShape
  | LiteralShape
  | ListShape
  | TupleShape
  | RecordShape
  | ObjectShape
  | UnionShape;
