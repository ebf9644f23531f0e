import {
  type CompiledSchema,
  compileSchema,
  type InputOf,
  type OutputOf,
  type Schema,
  type SchemaCheck,
} from "@conduit/types";
import { excerpt } from "./excerpt.ts";
import { MdlParseError } from "./mdl-parse-error.ts";
import { MdlSchemaError } from "./mdl-schema-error.ts";
import type { Repair } from "./repair.ts";
import { shapeOf } from "./shape/shape-of.ts";
import { type Understood, understand } from "./understand.ts";

/** A validated value, and what was repaired to get it. */
export interface Parsed<S extends Schema = Schema> {
  readonly value: OutputOf<S>;
  /** The same before the schema's own transformations, for whoever validates once more. */
  readonly written: InputOf<S>;
  /** Empty when the answer was the JSON of a valid value and nothing else. */
  readonly repairs: readonly Repair[];
}

/**
 * Turns what a model answered into a validated value: JSON, or what can be repaired into it.
 *
 * @throws {@link MdlParseError} when the answer holds no valid value.
 * @throws {@link MdlSchemaError} when MDL cannot express the schema, or the schema validates asynchronously: call
 *   {@link parseAsync} for these.
 */
export function parse<S extends Schema>(text: string, schema: S): Parsed<S> {
  const { understood, compiled } = begin(text, schema);
  const check = compiled.check(understood.value);
  if (check instanceof Promise) {
    check.catch(() => {});
    throw new MdlSchemaError(
      [],
      "a schema that validates asynchronously",
      "call parseAsync instead of parse",
    );
  }
  return finish(understood, check);
}

/**
 * {@link parse} for every schema, also one that validates asynchronously.
 *
 * @throws {@link MdlParseError} when the answer holds no valid value.
 * @throws {@link MdlSchemaError} when MDL cannot express the schema.
 */
export async function parseAsync<S extends Schema>(text: string, schema: S): Promise<Parsed<S>> {
  const { understood, compiled } = begin(text, schema);
  return finish(understood, await compiled.check(understood.value));
}

function begin<S extends Schema>(
  text: string,
  schema: S,
): { readonly understood: Understood; readonly compiled: CompiledSchema<S> } {
  return { understood: understand(text, shapeOf(schema)), compiled: compileSchema(schema) };
}

function finish<S extends Schema>(
  { value, repairs }: Understood,
  check: SchemaCheck<OutputOf<S>>,
): Parsed<S> {
  if (check.valid) return { value: check.value, written: value as InputOf<S>, repairs };
  // Of the issues of a union, the deepest belongs to the member that was meant.
  const depth = (path: string) => path.split("/").length;
  const issue = check.issues.toSorted((a, b) => depth(b.path) - depth(a.path))[0];
  const path = issue?.path ?? "";
  throw new MdlParseError({
    path,
    expected: `a valid value (${issue?.message ?? "refused without a reason"})`,
    found: excerpt(valueAt(value, path)),
  });
}

function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const segment of pointer.split("/").slice(1)) {
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
