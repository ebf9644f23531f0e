import { isObject, KEYWORDS } from "./json-schema-keywords.ts";

/** The schema without what MDL drops: titles, `$schema`, `$id`, comments, unknown keywords, and definitions that nothing refers to. */
export function stripSchema(schema: unknown): unknown {
  const stripped = stripKeywords(schema);
  if (!isObject(stripped)) return stripped;
  const used = usedDefinitions(stripped);
  const entries = Object.entries(stripped).flatMap(([keyword, value]) => {
    if (!isDefinitions(keyword) || !isObject(value)) return [[keyword, value]];
    const kept = Object.entries(value).filter(([name]) => used.has(`${keyword}/${name}`));
    return kept.length === 0 ? [] : [[keyword, Object.fromEntries(kept)]];
  });
  return Object.fromEntries(entries);
}

function stripKeywords(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => Object.hasOwn(KEYWORDS, keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, stripValue(keyword, value)]));
}

function stripValue(keyword: string, value: unknown): unknown {
  const role = KEYWORDS[keyword];
  if (role === "schema" || role === "schemas") {
    return Array.isArray(value) ? value.map(stripKeywords) : stripKeywords(value);
  }
  if ((role === "named schemas" || role === "names") && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, stripKeywords(member)]));
  }
  return value;
}

function isDefinitions(keyword: string): boolean {
  return keyword === "$defs" || keyword === "definitions";
}

/** The definitions, as `$defs/name`, that the rest of the schema refers to, directly or through others. */
function usedDefinitions(schema: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (isObject(value) && typeof value.$ref === "string") visitReference(value.$ref);
    for (const member of Object.values(value)) visit(member);
  };
  const visitReference = (reference: string): void => {
    const [, keyword, name] = /^#\/(\$defs|definitions)\/([^/]+)/.exec(decodeURIComponent(reference)) ?? [];
    if (keyword === undefined || name === undefined) return;
    const unescaped = name.replaceAll("~1", "/").replaceAll("~0", "~");
    const key = `${keyword}/${unescaped}`;
    if (used.has(key)) return;
    used.add(key);
    const definitions = schema[keyword];
    if (isObject(definitions)) visit(definitions[unescaped]);
  };
  visit(Object.fromEntries(Object.entries(schema).filter(([keyword]) => !isDefinitions(keyword))));
  return used;
}
