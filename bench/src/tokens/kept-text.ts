import { isObject, KEYWORDS } from "./json-schema-keywords.ts";

/**
 * Every piece of a schema that is the user's own and that any notation has to write: names of properties and definitions (at a
 * reference too), descriptions, values of enums, constants, defaults and examples, patterns, formats, and numbers of bounds.
 *
 * @param definitionNames The names of definitions that count; others are the notation's own.
 */
export function keptText(schema: unknown, definitionNames: ReadonlySet<string>): readonly string[] {
  const pieces: string[] = [];
  const visit = (node: unknown): void => {
    if (!isObject(node)) return;
    for (const [keyword, value] of Object.entries(node)) visitKeyword(keyword, value);
  };
  const visitKeyword = (keyword: string, value: unknown): void => {
    const role = KEYWORDS[keyword];
    if (keyword === "$ref" && typeof value === "string") keepDefinition(value.split("/").at(-1) ?? "");
    if (role === "text") keepValue(value);
    if (role === "values") keepValue(value);
    if (role === "schema" || role === "schemas") for (const member of [value].flat()) visit(member);
    if (role === "named schemas" && isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        if (keyword === "$defs" || keyword === "definitions") keepDefinition(name);
        else pieces.push(name);
        visit(member);
      }
    }
  };
  const keepDefinition = (name: string): void => {
    if (definitionNames.has(name)) pieces.push(name);
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

/** The names that a schema gives to its definitions. */
export function definitionNames(schema: unknown): ReadonlySet<string> {
  if (!isObject(schema)) return new Set();
  return new Set([schema.$defs, schema.definitions].filter(isObject).flatMap((names) => Object.keys(names)));
}
