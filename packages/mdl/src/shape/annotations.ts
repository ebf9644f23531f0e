import { isJson } from "./is-json.ts";
import type { Annotations, Shape } from "./shape.ts";

const isText = (value: unknown) => typeof value === "string";
const isTrue = (value: unknown) => value === true;

/** What a schema says beside the type, and which values of it say anything. */
const annotations: Readonly<Record<keyof Annotations, (value: unknown) => boolean>> = {
  title: isText,
  description: (value) => isText(value) && /\S/.test(value as string),
  // Libraries take functions for defaults.
  default: isJson,
  examples: (value) => Array.isArray(value) && value.length > 0 && isJson(value),
  readOnly: isTrue,
  writeOnly: isTrue,
  deprecated: isTrue,
};

/** The keywords that say something beside the type. */
export const annotationKeywords = Object.keys(annotations);

/** Adds to a shape what its schema says beside the type. */
export function annotate(shape: Shape, schema: Readonly<Record<string, unknown>>): Shape {
  const said = Object.entries(annotations).filter(([name, isSaid]) => isSaid(schema[name]));
  return { ...shape, ...Object.fromEntries(said.map(([name]) => [name, schema[name]])) };
}

/** Whether a shape says anything beside the type that MDL prints. */
export function isAnnotated(shape: Shape): boolean {
  return annotationKeywords.some((name) => name !== "title" && name in shape);
}
