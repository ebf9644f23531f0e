import { boundKeywords } from "./bounds.ts";
import { unsupported } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";

/** JSON types with keywords of their own, and these. */
export const keywordsOfType = {
  string: boundKeywords("string"),
  number: boundKeywords("number"),
  array: ["items", "prefixItems", "additionalItems", ...boundKeywords("array")],
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    ...boundKeywords("object"),
  ],
} as const;

/** Keywords that this package reads, of whatever type the value is. */
const read = new Set([
  ...Object.values(keywordsOfType).flat(),
  ..."type enum const anyOf oneOf allOf not if then else $ref".split(" "),
  ..."dependencies dependentRequired dependentSchemas".split(" "),
  ..."title description default examples readOnly writeOnly deprecated".split(" "),
  // They say nothing of values.
  ..."$schema $id id $anchor $comment $defs definitions $vocabulary".split(" "),
  ..."contentEncoding contentMediaType contentSchema".split(" "),
]);

/** Keywords that would constrain values if this package read them. */
const refused = new Set(
  "contains minContains maxContains unevaluatedItems unevaluatedProperties $dynamicRef $recursiveRef disallow extends divisibleBy nullable".split(
    " ",
  ),
);

/** Refuses by name what MDL does not have, and notes what no draft of JSON Schema has. */
export function checkKeywords(node: SchemaNode): void {
  for (const [keyword, value] of Object.entries(node.schema)) {
    if (value === undefined || read.has(keyword) || keyword.startsWith("~")) continue;
    if (refused.has(keyword) && !(keyword === "nullable" && value === false))
      throw unsupported(node, keyword);
    node.source.note(node.keys, keyword);
  }
}

/** Whether a schema has a keyword of a type. */
export function hasKeywordsOf({ schema }: SchemaNode, type: keyof typeof keywordsOfType): boolean {
  return keywordsOfType[type].some((keyword) => schema[keyword] !== undefined);
}
