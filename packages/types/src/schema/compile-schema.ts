import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Check } from "typebox/value";
import { findErrors } from "./find-errors.ts";
import { InvalidSchemaError } from "./invalid-schema-error.ts";
import { type InputOf, isStandardJsonSchema, type OutputOf, type Schema } from "./schema.ts";
import { type SchemaIssue, toSchemaIssues } from "./schema-issues.ts";
import type { StandardIssue, StandardJsonSchema } from "./standard-schema.ts";

/** Result of a check: the validated value, or why there is none. */
export type SchemaCheck<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly issues: readonly SchemaIssue[] };

/** A schema of any kind, ready to check values. */
export interface CompiledSchema<S extends Schema = Schema> {
  readonly schema: S;
  /**
   * Makes the validator ready, which otherwise the first check does: for whoever must know before that check whether there can be
   * one. Does nothing for Standard Schema, whose own library made it.
   *
   * @throws {@link InvalidSchemaError} when the schema has something that cannot be checked, such as a broken pattern.
   */
  compile(): void;
  /**
   * Validates; a promise only where the schema's own library validates asynchronously.
   *
   * @throws {@link InvalidSchemaError} when the schema has something that cannot be checked, such as a broken pattern.
   */
  check(value: unknown): SchemaCheck<OutputOf<S>> | Promise<SchemaCheck<OutputOf<S>>>;
  /**
   * The quickest check, with neither a promise nor reasons; absent where the schema's own library checks, since that may transform.
   *
   * @throws {@link InvalidSchemaError} when the schema has something that cannot be checked, such as a broken pattern.
   */
  readonly matches?: ((value: unknown) => value is InputOf<S> & OutputOf<S>) | undefined;
  /**
   * JSON Schema (draft 2020-12) of the values that validate: what a producer, such as a model, must write.
   *
   * @throws {@link InvalidSchemaError} when the schema's own library has none for it, as Zod for a date.
   */
  readonly jsonSchema: Record<string, unknown>;
}

const cache = new WeakMap<object, CompiledSchema>();

/**
 * Compiles a schema for checking; the same schema object is compiled once.
 *
 * @throws {@link InvalidSchemaError} when `schema` is not a schema.
 */
export function compileSchema<S extends Schema>(schema: S): CompiledSchema<S> {
  if (Object(schema) !== schema) throw new InvalidSchemaError(schema === null ? "null" : typeof schema);
  let compiled = cache.get(schema);
  if (compiled === undefined) {
    compiled = isStandardJsonSchema(schema) ? compileStandard(schema) : compileTypeBox(schema as TSchema);
    cache.set(schema, compiled);
  }
  return compiled as CompiledSchema<S>;
}

function compileTypeBox(schema: TSchema): CompiledSchema {
  if (Array.isArray(schema)) throw new InvalidSchemaError("an array");
  if (typeof schema === "function") throw new InvalidSchemaError("a function");
  if ("~standard" in schema) {
    throw new InvalidSchemaError(
      "a Standard Schema without JSON Schema; Valibot's become one with toStandardJsonSchema of @valibot/to-json-schema, Zod's with Zod 4.2",
    );
  }
  let known: Validator | undefined;
  const compiled = (): Validator => {
    known ??= compileValidator(schema);
    return known;
  };
  return {
    schema,
    compile: () => void compiled(),
    matches: (value): value is unknown => (known ?? compiled()).Check(value),
    check(value) {
      if (compiled().Check(value)) return { valid: true, value };
      return { valid: false, issues: toSchemaIssues(findErrors(schema, value)) };
    },
    jsonSchema: schema as Record<string, unknown>,
  };
}

interface Validator {
  Check(value: unknown): boolean;
}

/** Compiles at the first check, or when asked to: whoever only wants to know what a schema says need not wait for it. */
function compileValidator(schema: TSchema): Validator {
  try {
    return Compile(schema);
  } catch (error) {
    // The code for thousands of values is too deep for the stack; without code they are compared one by one.
    if (error instanceof RangeError) {
      return { Check: (value) => Check(schema, value) };
    }
    throw new InvalidSchemaError(`one that does not compile: ${(error as Error).message}`, { cause: error });
  }
}

function compileStandard(schema: StandardJsonSchema): CompiledSchema {
  const standard = schema["~standard"];
  return {
    schema,
    compile() {},
    check(value) {
      const result = standard.validate(value);
      return result instanceof Promise ? result.then(toCheck) : toCheck(result);
    },
    // The input side: a value is written before the schema transforms it.
    get jsonSchema() {
      try {
        return standard.jsonSchema.input({ target: "draft-2020-12" });
      } catch (error) {
        throw new InvalidSchemaError(`one without JSON Schema: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
  };
}

function toCheck(
  result: Awaited<ReturnType<StandardJsonSchema["~standard"]["validate"]>>,
): SchemaCheck<unknown> {
  if (result.issues === undefined) return { valid: true, value: result.value };
  return {
    valid: false,
    issues: result.issues.map(({ path, message }) => ({ path: (path ?? []).map(step).join(""), message })),
  };
}

function step(segment: NonNullable<StandardIssue["path"]>[number]): string {
  const key = String(typeof segment === "object" ? segment.key : segment);
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
