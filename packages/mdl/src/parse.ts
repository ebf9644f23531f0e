import {
  compileSchema,
  type InputOf,
  type OutputOf,
  type Schema,
  type SchemaCheck,
  type SchemaIssue,
} from "@conduit/types";
import { excerpt } from "./excerpt.ts";
import { partAt } from "./json-pointer.ts";
import { MdlParseError } from "./mdl-parse-error.ts";
import { MdlSchemaError } from "./mdl-schema-error.ts";
import type { Repair } from "./repair.ts";
import { shapeOf } from "./shape/shape-of.ts";
import { understand } from "./understand.ts";

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
  const { check } = compileSchema(schema);
  const attempts = attempt(text, schema);
  let step = attempts.next();
  while (!step.done) {
    const checked = check(step.value);
    if (checked instanceof Promise) {
      checked.catch(() => {});
      const remedy = "call parseAsync instead of parse";
      throw new MdlSchemaError([], "a schema that validates asynchronously", remedy);
    }
    step = attempts.next(checked);
  }
  return step.value;
}

/**
 * {@link parse} for every schema, also one that validates asynchronously.
 *
 * @throws {@link MdlParseError} when the answer holds no valid value.
 * @throws {@link MdlSchemaError} when MDL cannot express the schema.
 */
export async function parseAsync<S extends Schema>(text: string, schema: S): Promise<Parsed<S>> {
  const { check } = compileSchema(schema);
  const attempts = attempt(text, schema);
  let step = attempts.next();
  while (!step.done) step = attempts.next(await check(step.value));
  return step.value;
}

/** Gives one value after the other to be checked, until one is valid. */
function* attempt<S extends Schema>(
  text: string,
  schema: S,
): Generator<unknown, Parsed<S>, SchemaCheck<OutputOf<S>>> {
  const meanings = understand(text, shapeOf(schema).root);
  let refusal: MdlParseError | undefined;
  for (;;) {
    const { done, value: meaning } = meanings.next();
    if (done) throw refusal ?? meaning;
    const { value, repairs, plain } = meaning;
    const check = yield value;
    if (check.valid) return { value: check.value, written: value as InputOf<S>, repairs };
    if (!plain) refusal ??= refuse(value, check.issues);
  }
}

function refuse(value: unknown, issues: readonly SchemaIssue[]): MdlParseError {
  // Of the issues of a union, the deepest belongs to the member that was meant.
  const depth = (path: string) => path.split("/").length;
  const issue = issues.toSorted((a, b) => depth(b.path) - depth(a.path))[0];
  const path = issue?.path ?? "";
  return new MdlParseError({
    path,
    expected: `a valid value (${issue?.message ?? "refused without a reason"})`,
    found: excerpt(partAt(value, path)),
  });
}
