import type { Static, TSchema } from "typebox";
import { compileSchema } from "./compile-schema.ts";
import type { StandardJsonSchema, StandardResult } from "./standard-schema.ts";

/**
 * Lets a TypeBox schema out to libraries that take Standard Schema.
 *
 * @example
 * ```ts
 * const Form = toStandardSchema(Type.Object({ name: Type.String() }));
 * Form["~standard"].validate({ name: "Ada" });
 * ```
 */
export function toStandardSchema<S extends TSchema>(schema: S): S & StandardJsonSchema<Static<S>> {
  const compiled = compileSchema(schema);
  const toJsonSchema = (): Record<string, unknown> => compiled.jsonSchema;
  const standard = {
    version: 1 as const,
    vendor: "conduit",
    validate(value: unknown): StandardResult<Static<S>> {
      const check = compiled.check(value);
      if (check instanceof Promise) throw new TypeError("TypeBox schemas validate synchronously.");
      if (check.valid) return { value: check.value as Static<S> };
      return { issues: check.issues.map(({ path, message }) => ({ message, path: segments(path) })) };
    },
    jsonSchema: { input: toJsonSchema, output: toJsonSchema },
  };
  // TypeBox keeps what JSON Schema has no word for (optional, refinements, codecs) in properties that a spread would lose.
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema));
  return Object.defineProperty(copy, "~standard", { value: standard }) as S & StandardJsonSchema<Static<S>>;
}

function segments(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
