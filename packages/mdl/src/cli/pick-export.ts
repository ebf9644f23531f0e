import { isStandardJsonSchema, type Schema } from "@conduit/types";
import { SchemaFileError } from "./schema-file-error.ts";
import { UsageError } from "./usage-error.ts";

/** Keywords of which a plain JSON Schema has at least one. */
const KEYWORDS = [
  "$defs",
  "$ref",
  "$schema",
  "allOf",
  "anyOf",
  "const",
  "enum",
  "items",
  "oneOf",
  "properties",
  "type",
];

/** The export of a module that is named, its default export, or its only one that is a schema. */
export function pickExport(file: string, module: object, exportName: string | undefined): Schema {
  const exports = new Map<string, unknown>(Object.entries(module));
  if (exportName !== undefined) {
    if (exports.has(exportName)) return exports.get(exportName) as Schema;
    throw new UsageError(
      `Expected --export to name one of ${list([...exports.keys()])}, found ${exportName}.`,
    );
  }
  const schemas = [...exports].filter(([, value]) => isSchema(value)).map(([name]) => name);
  const name = schemas.includes("default") ? "default" : schemas[0];
  if (name === undefined) {
    const found = list([...exports.keys()]);
    throw new SchemaFileError(`Expected an export of ${file} that is a schema, found ${found}.`);
  }
  if (name !== "default" && schemas.length > 1) {
    throw new UsageError(`Expected --export to name one of the schemas ${list(schemas)} of ${file}.`);
  }
  return exports.get(name) as Schema;
}

/** By its looks: a module may have another copy of TypeBox, and a plain JSON Schema is any object with the right keys. */
function isSchema(value: unknown): value is Schema {
  if (isStandardJsonSchema(value)) return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return "~kind" in value || KEYWORDS.some((keyword) => Object.hasOwn(value, keyword));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "no export" : names.join(", ");
}
