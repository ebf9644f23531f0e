import type { JsonValue } from "@conduit/types";
import type { BoundsOf } from "./bound-types.ts";

/** What a schema says beside the type; it constrains nothing. */
export interface Annotations {
  readonly title?: string;
  readonly description?: string;
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
  readonly readOnly?: true;
  readonly writeOnly?: true;
  readonly deprecated?: true;
}

/** A shape of values of one JSON type. */
interface TypedShape extends Annotations {
  /** Set where values of every other JSON type fit too: the schema constrains a type that it does not ask for. */
  readonly loose?: true;
}

/** Text. */
export interface StringShape extends TypedShape {
  readonly kind: "str";
  readonly bounds: BoundsOf<"str">;
}

/** A number, whole for `int`. */
export interface NumberShape extends TypedShape {
  readonly kind: "int" | "float";
  readonly bounds: BoundsOf<"float">;
}

/** True or false. */
export interface BooleanShape extends Annotations {
  readonly kind: "bool";
}

/** Null. */
export interface NullShape extends Annotations {
  readonly kind: "null";
}

/** One of the values named; no null among them, and no value twice. */
export interface LiteralShape extends Annotations {
  readonly kind: "literal";
  readonly values: readonly JsonValue[];
}

/** A list: the first items each of its own shape, all others of one. */
export interface ListShape extends TypedShape {
  readonly kind: "list";
  /** Shapes of the first items; empty for a list of one shape. How many must be there is `bounds.minItems`. */
  readonly prefix: readonly Shape[];
  /** Shape of the items after `prefix`: `any` where the schema leaves them open, `never` where there are none. */
  readonly rest: Shape;
  readonly bounds: BoundsOf<"list">;
}

/** One key of an object. */
export interface Field {
  readonly name: string;
  /** `any`, undeclared, where the schema asks for the key and says nothing of its value. */
  readonly shape: Shape;
  /** Whether the key may be absent. */
  readonly optional: boolean;
}

/** Keys of an object that match a pattern. */
export interface PatternFields {
  /** Regular expression, as in JSON Schema. */
  readonly pattern: string;
  readonly shape: Shape;
}

/** An object or record: named keys, keys by pattern, and other keys. */
export interface ObjectShape extends TypedShape {
  readonly kind: "object";
  /** In the order of the schema. */
  readonly fields: readonly Field[];
  /** A key that matches several of them must fit all, and its own field too. */
  readonly patterns: readonly PatternFields[];
  /** Shape of the values under all other keys: `any` where the schema leaves them open, `never` where there are none. */
  readonly rest: Shape;
  /** What all keys are (`propertyNames`); absent where any text will do. */
  readonly keys?: Shape;
  readonly bounds: BoundsOf<"object">;
}

/** At least one of several shapes; no member is a union of the same kind without annotations. */
export interface UnionShape extends Annotations {
  readonly kind: "union";
  readonly members: readonly Shape[];
  /** Whether a value must fit one member only (`oneOf`); false where no value can fit two. */
  readonly exclusive: boolean;
}

/** All of several shapes at once; at least two. */
export interface IntersectionShape extends Annotations {
  readonly kind: "intersection";
  readonly members: readonly Shape[];
}

/** What does not fit `shape`. */
export interface NotShape extends Annotations {
  readonly kind: "not";
  readonly shape: Shape;
}

/** A shape that a schema names, because it is recursive or shared. */
export interface Definition {
  /** An identifier, unique in its schema; `Root` for the schema itself. */
  name: string;
  /** Set before the builder returns, when the name is final too. */
  shape: Shape;
}

/** The shape of a definition. What is referred to once and is not recursive stands in place instead. */
export interface ReferenceShape extends Annotations {
  readonly kind: "reference";
  readonly definition: Definition;
}

/** Every value. */
export interface AnyShape extends Annotations {
  readonly kind: "any";
  /**
   * JSON Pointer keys of where the schema declares a value of no type (`{}`, `Type.Unknown()`), which MDL does not print;
   * absent where the schema says nothing.
   */
  readonly declared?: readonly (string | number)[];
}

/** No value. */
export interface NeverShape extends Annotations {
  readonly kind: "never";
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
  | ObjectShape
  | UnionShape
  | IntersectionShape
  | NotShape
  | ReferenceShape
  | AnyShape
  | NeverShape;

/** No value at all. */
export const never: NeverShape = { kind: "never" };

/** What a schema says nothing of. */
export const open: AnyShape = { kind: "any" };

/** Whether a shape is what a schema says nothing of. */
export function isOpen(shape: Shape): boolean {
  return shape.kind === "any" && !shape.declared;
}
