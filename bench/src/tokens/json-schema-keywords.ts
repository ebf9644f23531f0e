/** What a keyword of JSON Schema holds, as far as tokens are counted apart. */
type Role =
  /** One schema, or `true` or `false`. */
  | "schema"
  /** A list of schemas, or one schema. */
  | "schemas"
  /** Schemas by names of the user's: of properties and definitions, patterns of keys. */
  | "named schemas"
  /** Values of the user's. */
  | "values"
  /** Names of properties, or schemas by names of properties. */
  | "names"
  /** Text of the user's, or a bound. */
  | "text"
  /** Nothing that the user names or writes. */
  | "syntax";

/** The keywords of JSON Schema that say what fits, or tell a model about it; all others are what MDL drops. */
export const KEYWORDS: Readonly<Record<string, Role>> = {
  ...roles("schema", "additionalItems additionalProperties contains else if not propertyNames then"),
  ...roles("schema", "unevaluatedItems unevaluatedProperties"),
  ...roles("schemas", "allOf anyOf items oneOf prefixItems"),
  ...roles("named schemas", "$defs definitions dependentSchemas patternProperties properties"),
  ...roles("values", "const default enum example examples"),
  ...roles("names", "dependencies dependentRequired required"),
  ...roles("text", "description exclusiveMaximum exclusiveMinimum format maxContains maxItems maxLength"),
  ...roles(
    "text",
    "maxProperties maximum minContains minItems minLength minProperties minimum multipleOf pattern",
  ),
  ...roles("syntax", "$ref deprecated nullable readOnly type uniqueItems writeOnly"),
};

function roles(role: Role, keywords: string): Record<string, Role> {
  return Object.fromEntries(keywords.split(" ").map((keyword) => [keyword, role]));
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
