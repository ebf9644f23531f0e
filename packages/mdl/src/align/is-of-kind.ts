import { isMap } from "../shape/is-map.ts";
import type { Shape } from "../shape/shape.ts";

/** Whether a value is of the JSON type of a shape that has bounds. */
export function isOfKind(value: unknown, kind: Extract<Shape, { bounds: unknown }>["kind"]): boolean {
  if (kind === "list") return Array.isArray(value);
  if (kind === "object") return isMap(value);
  return typeof value === (kind === "str" ? "string" : "number");
}
