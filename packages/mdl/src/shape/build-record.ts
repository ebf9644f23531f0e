import { readBounds } from "./bounds.ts";
import { keyNames } from "./key-names.ts";
import { childNode, type SchemaNode, unsupported, unsupportedBeside } from "./schema-node.ts";
import type { RecordKey, Shape } from "./shape.ts";
import type { ShapeBuilder } from "./shape-builder.ts";

/** The patterns that TypeBox and Zod write for the keys of a record. */
const keysByPattern = new Map<string, RecordKey["kind"]>([
  ["^-?(?:0|[1-9][0-9]*)$", "int"],
  ["^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$", "float"],
  ["^-?\\d+(?:\\.\\d+)?$", "float"],
]);

const anyKey = new Set(["^.*$", "^(.*)$", ".*", ""]);

/** Builds a record; undefined when the schema does not say what values under any key are. */
export function buildRecord(
  node: SchemaNode,
  required: readonly string[],
  buildShape: ShapeBuilder,
): Shape | undefined {
  const { patternProperties, additionalProperties } = node.schema;
  const patterns = Object.entries(patternProperties ?? {});
  const [first, second] = patterns;
  if (second !== undefined) throw unsupported(node, "patternProperties");
  if (first === undefined && typeof additionalProperties !== "object") return undefined;
  if (required[0] !== undefined)
    throw unsupportedBeside(node, "required", first ? "patternProperties" : "additionalProperties");
  const names = keyNames(node);
  if (first !== undefined) {
    if (names !== undefined) throw unsupportedBeside(node, "propertyNames", "patternProperties");
    if (typeof additionalProperties === "object") {
      throw unsupportedBeside(node, "additionalProperties", "patternProperties");
    }
  }
  const [pattern, value] = first ?? [names?.pattern, additionalProperties];
  return {
    kind: "record",
    key: recordKey(pattern),
    value: buildShape(childNode(node, value, "*")),
    open: first !== undefined && additionalProperties !== false,
    bounds: readBounds(node, "object"),
  };
}

function recordKey(pattern: string | undefined): RecordKey {
  if (pattern === undefined || anyKey.has(pattern)) return { kind: "str" };
  return { kind: keysByPattern.get(pattern) ?? "str", pattern };
}
