import type { Static, TSchema } from "typebox";
import type { StandardJsonSchema } from "./standard-schema.ts";

/**
 * A schema wherever Conduit takes one: TypeBox, plain JSON Schema, or anything that speaks Standard Schema with
 * JSON Schema (Zod 4, Valibot through `toStandardJsonSchema`, ArkType).
 */
export type Schema = TSchema | StandardJsonSchema;

/** The type that a value has before `S` validates (and perhaps transforms) it. */
export type InputOf<S extends Schema> = S extends object ? Side<S, "input"> : Covariant<S>;

/** The type that a value has once `S` has validated it. */
export type OutputOf<S extends Schema> = S extends object ? Side<S, "output"> : Covariant<S>;

/*
 * What follows could be one conditional type, and would then cost the compiler a million instantiations (seconds in an
 * editor) whenever it compares or infers through a schema that is still a type parameter, because it would walk through
 * everything that `Static` can be. Three things keep it from looking inside:
 * - `infer T extends S` makes two schemas' sides the same type as far as variance is concerned;
 * - an index that depends on `T` ends inference;
 * - `Covariant` gives the variance back. Every schema is an object, so no value has that type.
 */
type Side<S, Name extends keyof Sides<Schema>> = [S] extends [infer T extends Schema & S]
  ? Sides<T>[T extends unknown ? Name : never]
  : never;

type Sides<S extends Schema> =
  S extends StandardJsonSchema<infer Input, infer Output>
    ? { input: Input; output: Output }
    : S extends StandardWithoutJsonSchema
      ? { input: never; output: never }
      : { input: Static<S>; output: Static<S> };

/** A schema that validates but cannot say what a producer must write, such as a bare one of Valibot. */
interface StandardWithoutJsonSchema {
  readonly "~standard": object;
}

declare const unreachable: unique symbol;
type Covariant<S> = { readonly [unreachable]: S };

/** Whether `schema` speaks Standard Schema with JSON Schema. */
export function isStandardJsonSchema(schema: unknown): schema is StandardJsonSchema {
  const standard = (schema as Partial<StandardJsonSchema> | null | undefined)?.["~standard"];
  return typeof standard?.validate === "function" && typeof standard.jsonSchema?.output === "function";
}
