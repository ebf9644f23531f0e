import { jsonPointer } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { annotationKeywords } from "./annotations.ts";
import type { BoundedKind } from "./bound-types.ts";
import { boundKeywords } from "./bounds.ts";
import type { SchemaNode } from "./schema-source.ts";

/** The keywords of the kinds of shape that have some of their own. */
export const keywordsOfKind: Readonly<Record<BoundedKind, readonly string[]>> = {
  ...boundKeywords,
  list: ["items", "prefixItems", "additionalItems", ...boundKeywords.list],
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    ...boundKeywords.object,
  ],
};

/** Keywords that say what an object must be that has a certain key. */
export const dependencyKeywords = ["dependencies", "dependentRequired", "dependentSchemas"];

/** Keywords that this package reads, and those that say nothing of values. */
const taken = new Set([
  ...Object.values(keywordsOfKind).flat(),
  ...dependencyKeywords,
  ...annotationKeywords,
  ...(
    "type enum const anyOf oneOf allOf not if then else $ref $schema $id id $anchor $comment $defs definitions " +
    "$vocabulary contentEncoding contentMediaType contentSchema"
  ).split(" "),
]);

/** Keywords that would constrain values if this package read them. */
const refused =
  /^(contains|(min|max)Contains|unevaluated(Items|Properties)|\$(dynamic|recursive)Ref|disallow|extends|divisibleBy|nullable)$/;

/** Refuses by name what MDL does not have, and notes what no draft of JSON Schema has. */
export function checkKeywords({ schema, keys, source }: SchemaNode): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || taken.has(keyword) || keyword.startsWith("~")) continue;
    if (refused.test(keyword) && !(keyword === "nullable" && value === false)) {
      throw new MdlSchemaError(keys, `the keyword "${keyword}"`, "describe the type without it");
    }
    source.notes.push({ path: jsonPointer(keys), keyword });
  }
}
