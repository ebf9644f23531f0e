import type { TSchema } from "typebox";
import { Pointer } from "typebox/value";
import { partsOf } from "./parts-of.ts";

/**
 * What the references in a schema lead to. None where one leads out of the schema or depends on more than its own text, as do pointers
 * among parts with an `$id` of their own.
 */
export function definitionsOf(whole: TSchema): ReadonlyMap<string, TSchema> {
  const definitions = new Map<string, TSchema>();
  const byId = new Map<unknown, unknown>();
  const references = new Set<string>();
  for (const part of partsOf(whole)) {
    for (const [keyword, value] of Object.entries(part)) {
      if (/^(unevaluated|\$(dynamic|recursive)Ref)/.test(keyword)) return definitions;
      if (typeof value !== "string") continue;
      if (keyword === "$ref") references.add(value);
      if (keyword === "$id") byId.set(value, part);
    }
  }
  const isOne = [...byId.values()].every((part) => part === whole);
  for (const reference of references) {
    const definition =
      isOne && /^#(\/|$)/.test(reference)
        ? Pointer.Get(whole, decodeURIComponent(reference.slice(1)))
        : byId.get(reference);
    if (definition === undefined) return new Map();
    definitions.set(reference, definition as TSchema);
  }
  return definitions;
}
