import { boundKeywords } from "./bounds.ts";
import { type SchemaNode, unsupported, unsupportedBeside } from "./schema-node.ts";

/**
 * Keywords that no value can violate. Definitions are among them: what refers to one is refused where it stands.
 */
const annotations = new Set([
  "$anchor",
  "$comment",
  "$defs",
  "$id",
  "$schema",
  "contentEncoding",
  "contentMediaType",
  "default",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "id",
  "readOnly",
  "title",
  "writeOnly",
]);

/** Keywords that structure a type. */
const structure = new Set([
  "additionalItems",
  "additionalProperties",
  "items",
  "patternProperties",
  "prefixItems",
  "properties",
  "propertyNames",
  "required",
  "type",
  ...boundKeywords,
]);

/** Keywords that say by themselves which values fit. */
const alternatives = new Set(["anyOf", "const", "enum", "oneOf"]);

/**
 * The keyword that decides what `node` is: an alternative, or `type`.
 *
 * Refuses by name what MDL does not have. A keyword for another type than the node's own is let pass, since by the rules of
 * JSON Schema it applies to no value of the node.
 */
export function decidingKeyword(node: SchemaNode): "anyOf" | "const" | "enum" | "oneOf" | "type" | undefined {
  const keywords = Object.keys(node.schema).filter(
    (keyword) => node.schema[keyword] !== undefined && !annotations.has(keyword) && !isExtension(keyword),
  );
  for (const keyword of keywords) {
    if (!structure.has(keyword) && !alternatives.has(keyword)) throw unsupported(node, keyword);
  }
  const deciding = keywords.find((keyword) => alternatives.has(keyword));
  if (deciding === undefined) return keywords.includes("type") ? "type" : undefined;
  const typeMayStay = deciding === "enum" || deciding === "const";
  const other = keywords.find((keyword) => keyword !== deciding && !(keyword === "type" && typeMayStay));
  if (other !== undefined) throw unsupportedBeside(node, other, deciding);
  return deciding as "anyOf" | "const" | "enum" | "oneOf";
}

/** TypeBox marks schemas with `~` keys; `x-` keys are notes of other tools. */
function isExtension(keyword: string): boolean {
  return keyword.startsWith("~") || keyword.startsWith("x-");
}
