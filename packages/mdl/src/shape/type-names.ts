/** What JSON Schema calls the types of shapes. */
export const typeNames = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
  null: "null",
  list: "array",
  object: "object",
} as const;

/** Kinds of the shapes that are of one JSON type. */
export type TypedKind = keyof typeof typeNames;
