import { excerpt } from "../excerpt.ts";
import { isContainer } from "../is-container.ts";
import { readAll } from "../read-all.ts";
import { isMap } from "../shape/is-map.ts";
import type { ListShape, ObjectShape } from "../shape/shape.ts";
import { alignParts } from "./align-object.ts";
import { type Alignment, misfit } from "./alignment.ts";
import { isOfKind } from "./is-of-kind.ts";
import { shapesAt } from "./shapes-at.ts";

type ContainerShape = ListShape | ObjectShape;

/** Aligns an object or list, or what may be meant instead; undefined where the value is neither. */
export function alignContainer(value: unknown, shape: ContainerShape, alignment: Alignment): unknown {
  const isOwn = isOfKind(value, shape.kind);
  const own = isOwn ? alignParts(value as object, shape, alignment) : undefined;
  if (isOwn && own !== misfit) return own;
  const { alone } = alignment;
  for (const [instead, kind, message] of meanings(value, shape, alone)) {
    alignment.alone = value;
    const outcome = alignment.outcome(instead, shape);
    alignment.alone = alone;
    if (outcome.value === misfit) continue;
    if (isOwn) alignment.restart();
    alignment.repaired(kind, message);
    return alignment.take(outcome);
  }
  return own;
}

/**
 * What else may be meant by a value: what stands in text as its JSON, the only item of a list, or what stands alone under a
 * key that the type does not have.
 */
function* meanings(value: unknown, shape: ContainerShape, alone: unknown) {
  const isList = shape.kind === "list";
  if (typeof value === "string") {
    const inner = jsonIn(value, isList ? "[" : "{");
    if (inner !== undefined) yield [inner, "wrapper", `read the JSON in ${excerpt(value)}`] as const;
  }
  // A list of lists of lists would be without end.
  if (isList && !Array.isArray(value) && value !== null && value !== alone) {
    yield [[value], "list", `read ${excerpt(value)} as a list of one`] as const;
  }
  if (!isMap(value)) return;
  const [key, second] = Object.keys(value);
  if (key === undefined || second !== undefined) return;
  const inner = value[key];
  if (!isContainer(inner)) return;
  if (isList || shapesAt(shape, key)[0] === shape.rest) {
    yield [inner, "wrapper", `took the value under ${excerpt(key)}`] as const;
  }
}

/** The value whose JSON is all of a text, if it starts with `bracket`. */
function jsonIn(text: string, bracket: string): unknown {
  if (!text.trimStart().startsWith(bracket)) return undefined;
  const [reading, second] = readAll(text, false).readings;
  return second === undefined && text.slice(reading?.end).trim() === "" ? reading?.value : undefined;
}
