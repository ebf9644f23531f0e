import {
  type CompiledSchema,
  compileSchema,
  type InputOf,
  type OutputOf,
  type Schema,
  type SchemaCheck,
  type SchemaIssue,
} from "@conduit/types";
import { depthOf } from "./align/alignment.ts";
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
  const attempts = attempt(text, schema);
  let step = attempts.next();
  while (!step.done) {
    if (step.value instanceof Promise) {
      step.value.catch(() => {});
      const remedy = "call parseAsync instead of parse";
      throw new MdlSchemaError([], "a schema that validates asynchronously", remedy);
    }
    step = attempts.next(step.value);
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
  const attempts = attempt(text, schema);
  let step = attempts.next();
  while (!step.done) step = attempts.next(await step.value);
  return step.value;
}

/** Checks one value after the other, until one is valid; is given the result of each check. */
function* attempt<S extends Schema>(
  text: string,
  schema: S,
): Generator<ReturnType<CompiledSchema<S>["check"]>, Parsed<S>, SchemaCheck<OutputOf<S>>> {
  const { check, matches } = compileSchema(schema);
  const meanings = understand(text, shapeOf(schema).root);
  let refusal: MdlParseError | undefined;
  for (;;) {
    const { done, value: meaning } = meanings.next();
    if (done) throw refusal ?? meaning;
    const { value, repairs, plain } = meaning;
    if (plain && matches) {
      // Nobody asks why the answer as it stands is refused, and of recursive unions that takes long to tell.
      if (matches(value)) return { value, written: value, repairs };
      continue;
    }
    const checked = yield check(value);
    if (checked.valid) return { value: checked.value, written: value as InputOf<S>, repairs };
    if (!plain) refusal ??= refuse(value, checked.issues);
  }
}

function refuse(value: unknown, issues: readonly SchemaIssue[]): MdlParseError {
  // Of the issues of a union, the deepest belongs to the member that was meant.
  const [issue] = issues.toSorted((a, b) => depthOf([b]) - depthOf([a]));
  const { path, message } = issue ?? { path: "", message: "refused without a reason" };
  return new MdlParseError({
    path,
    expected: `a valid value (${message})`,
    found: excerpt(partAt(value, path)),
  });
}
