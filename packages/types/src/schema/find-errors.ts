import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { Errors } from "typebox/value";
import { definitionsOf } from "./definitions-of.ts";
import { partsOf } from "./parts-of.ts";

/** As many as TypeBox tells of a value. */
const MAX_ERRORS = 8;

/**
 * Why a value does not match a schema.
 *
 * TypeBox alone would look at what lies under a union once for every member, so that each level of a recursive value multiplies the
 * work. So what a reference leads to is shown to it as a leaf, of which the errors are found once and then put in its place.
 */
export function findErrors(schema: TSchema, value: unknown): readonly TLocalizedValidationError[] {
  const leaves: Record<string, TSchema> = {};
  /** By the message that stands for them; none for the empty message. */
  const errorsBehind = new Map<string, TLocalizedValidationError[]>();
  const checks: ((value: unknown) => boolean)[] = [];

  const find = (part: TSchema, partValue: unknown) =>
    Errors(leaves, part, partValue)
      .flatMap((error) => {
        const { instancePath, message } = error;
        const inner = errorsBehind.get(message);
        return inner?.map((it) => ({ ...it, instancePath: instancePath + it.instancePath })) ?? error;
      })
      .slice(0, MAX_ERRORS);

  for (const [reference, definition] of definitionsOf(schema)) {
    const messages = new Map<unknown, string>();
    const error = (partValue: unknown) => {
      let message = messages.get(partValue);
      if (message === undefined) {
        const errors = find(definition, partValue);
        message = errors.length > 0 ? `\0${errorsBehind.size}` : "";
        if (message) errorsBehind.set(message, errors);
        messages.set(partValue, message);
      }
      return message;
    };
    const check = (partValue: unknown) => !error(partValue);
    checks.push(check);
    leaves[reference] = { "~refine": [{ check, error }] } as TSchema;
  }
  let found: TLocalizedValidationError[];
  try {
    found = find(schema, value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Too deep for the stack from the whole down; from within, every part finds what is known of those below it.
    for (const part of [...partsOf(value as object)].reverse()) for (const check of checks) check(part);
    found = find(schema, value);
  }
  return found.length > 0 ? found : Errors(schema, value);
}
