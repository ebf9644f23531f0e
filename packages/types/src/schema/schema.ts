import type { Static, TSchema } from "typebox";
import type { StandardJsonSchema } from "./standard-schema.ts";

/**
 * A schema wherever Conduit takes one: TypeBox, plain JSON Schema, or anything that speaks Standard Schema with
 * JSON Schema (Zod 4, Valibot, ArkType).
 */
export type Schema = TSchema | StandardJsonSchema;

/** The type that a value has before `S` validates (and perhaps transforms) it. */
export type InputOf<S extends Schema> =
  S extends StandardJsonSchema<infer Input, infer _Output> ? Input : S extends TSchema ? Static<S> : never;

/** The type that a value has once `S` has validated it. */
export type OutputOf<S extends Schema> =
  S extends StandardJsonSchema<infer _Input, infer Output> ? Output : S extends TSchema ? Static<S> : never;

/** Whether `schema` speaks Standard Schema with JSON Schema. */
export function isStandardJsonSchema(schema: unknown): schema is StandardJsonSchema {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return false;
  const standard = (schema as Partial<StandardJsonSchema>)["~standard"];
  return typeof standard?.validate === "function" && typeof standard.jsonSchema?.output === "function";
}
