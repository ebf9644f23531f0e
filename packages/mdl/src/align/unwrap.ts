import { excerpt } from "../excerpt.ts";
import { AnswerReader } from "../read/answer-reader.ts";
import { isMap } from "../shape/is-map.ts";
import type { ListShape, ObjectShape, Shape } from "../shape/shape.ts";
import { type Alignment, misfit } from "./alignment.ts";
import { shapesAt } from "./shapes-at.ts";

/**
 * Aligns an object or list, also where it stands in text as its JSON, or alone under a key that the type does not have.
 */
export function unwrap<S extends ListShape | ObjectShape>(
  value: unknown,
  shape: S,
  alignment: Alignment,
  align: (value: unknown, shape: S, alignment: Alignment) => unknown,
): unknown {
  if (typeof value === "string") {
    const inner = jsonIn(value, shape.kind === "list" ? "[" : "{");
    const taken =
      inner === undefined ? misfit : take(inner, shape, alignment, `read the JSON in ${excerpt(value)}`);
    if (taken !== misfit) return taken;
  }
  const { failures, cost, repairs } = alignment;
  const counts = [failures.length, repairs.length] as const;
  const aligned = align(value, shape, alignment);
  if (aligned !== misfit) return aligned;
  if (!isMap(value)) return misfit;
  const [key, second] = Object.keys(value);
  if (key === undefined || second !== undefined) return misfit;
  const inner = value[key];
  if (typeof inner !== "object" || inner === null || isNamed(shape, key)) return misfit;
  const own = failures.splice(counts[0]);
  repairs.length = counts[1];
  alignment.cost = cost;
  const taken = take(inner, shape, alignment, `took the value under ${excerpt(key)}`);
  if (taken === misfit) failures.push(...own);
  return taken;
}

function take(inner: unknown, shape: Shape, alignment: Alignment, message: string): unknown {
  return alignment.attempt(() => {
    alignment.repaired("wrapper", message);
    return alignment.align(inner, shape);
  });
}

function isNamed(shape: Shape, key: string): boolean {
  return shape.kind === "object" && shapesAt(shape, key)[0] !== shape.rest;
}

/** The value whose JSON is all of a text, if it starts with `bracket`. */
function jsonIn(text: string, bracket: string): unknown {
  if (!text.trimStart().startsWith(bracket)) return undefined;
  const reader = new AnswerReader({ scalars: false });
  reader.push(text);
  reader.end();
  const [reading, second] = reader.readings;
  return second === undefined && text.slice(reading?.end).trim() === "" ? reading?.value : undefined;
}
