import { compileSchema, type Schema } from "@conduit/types";

/** What people call a schema: its `title` or `$id`, else its type with the names of its first fields. */
export function schemaName(schema: Schema): string {
  const json = jsonSchemaOf(schema);
  for (const name of [json.title, json.$id]) if (typeof name === "string" && name !== "") return name;
  if (typeof json.properties === "object" && json.properties !== null) {
    const fields = Object.keys(json.properties);
    const shown = fields.slice(0, 3).join(", ");
    return `{ ${shown}${fields.length > 3 ? ", …" : ""} }`.replace("{  }", "{}");
  }
  for (const word of ["anyOf", "allOf", "enum"]) if (word in json) return word;
  return typeof json.type === "string" ? json.type : "unknown";
}

function jsonSchemaOf(schema: Schema): Record<string, unknown> {
  try {
    return compileSchema(schema).jsonSchema;
  } catch {
    return {};
  }
}
