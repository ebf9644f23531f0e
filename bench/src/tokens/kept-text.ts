import { isObject, KEYWORDS } from "./json-schema-keywords.ts";

/**
 * Every piece of a schema that is the user's own and that any notation has to write: names of properties and definitions (these at
 * references too), descriptions, values of enums, constants, defaults and examples, patterns, formats, and numbers of bounds. A name
 * that `required` only repeats is none: saying which properties must be there is what each notation has its own syntax for.
 */
export function keptText(schema: unknown): readonly string[] {
  const pieces: string[] = [];
  const visit = (node: unknown): void => {
    if (!isObject(node)) return;
    const properties = isObject(node.properties) ? node.properties : {};
    for (const [keyword, value] of Object.entries(node)) {
      const role = KEYWORDS[keyword];
      if (keyword === "$ref" && typeof value === "string") pieces.push(value.split("/").at(-1) ?? "");
      if (role === "text" || role === "values") keepValue(value);
      if (role === "schema" || role === "schemas") for (const member of [value].flat()) visit(member);
      if (role === "named schemas" && isObject(value)) {
        for (const [name, member] of Object.entries(value)) {
          pieces.push(name);
          visit(member);
        }
      }
      if (keyword === "required" && Array.isArray(value)) {
        keepValue(value.filter((name) => !Object.hasOwn(properties, name)));
      }
    }
  };
  const keepValue = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(keepValue);
    else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        pieces.push(key);
        keepValue(member);
      }
    } else pieces.push(String(value));
  };
  visit(schema);
  return pieces;
}
