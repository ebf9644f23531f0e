import type { Keys } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import type { Shape } from "../shape/shape.ts";
import { align } from "./align.ts";
import { isJsonMap } from "./align-object.ts";

/**
 * Makes a value that is still being written fit a shape as far as it goes. `open` are the keys of its innermost unfinished
 * part, absent when it is finished; undefined stands for what does not fit or cannot be told yet.
 */
export function alignPartial(value: unknown, shape: Shape, open: Keys | undefined): unknown {
  if (value === undefined) return undefined;
  if (open === undefined) {
    const aligned = align(value, shape);
    return aligned.fits ? aligned.value : undefined;
  }
  switch (shape.kind) {
    case "str":
      return typeof value === "string" ? value : undefined;
    case "list":
      return alignPartialItems(value, () => shape.items, open);
    case "tuple":
      return alignPartialItems(value, (index) => shape.items[index], open);
    case "record":
      return alignPartialEntries(value, () => shape.value, open);
    case "object": {
      const shapes = new Map(shape.fields.map((field) => [field.name, field.shape]));
      return alignPartialEntries(value, (key) => shapes.get(key), open);
    }
    case "union":
      return alignPartialUnion(value, shape.members, open);
    default:
      // Numbers, booleans and literals appear when they are finished.
      return undefined;
  }
}

function alignPartialItems(
  value: unknown,
  shapeAt: (index: number) => Shape | undefined,
  open: Keys,
): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = [];
  for (const [index, item] of value.entries()) {
    const shape = shapeAt(index);
    const aligned = shape && alignPartial(item, shape, openWithin(open, index));
    // What comes after a missing item would stand under a wrong index.
    if (aligned === undefined) break;
    items.push(aligned);
  }
  return items;
}

function alignPartialEntries(
  value: unknown,
  shapeAt: (key: string) => Shape | undefined,
  open: Keys,
): Record<string, unknown> | undefined {
  if (!isJsonMap(value)) return undefined;
  const entries: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const shape = shapeAt(key);
    const aligned = shape && alignPartial(entry, shape, openWithin(open, key));
    if (aligned !== undefined) setOwn(entries, key, aligned);
  }
  return entries;
}

/** The first member that what is there does not contradict. */
function alignPartialUnion(value: unknown, members: readonly Shape[], open: Keys): unknown {
  for (const member of members) {
    if (contradicts(value, member, open)) continue;
    const aligned = alignPartial(value, member, open);
    if (aligned !== undefined) return aligned;
  }
  return undefined;
}

/** Whether a finished key of `value` does not fit `member`. */
function contradicts(value: unknown, member: Shape, open: Keys): boolean {
  if (member.kind !== "object" || !isJsonMap(value)) return false;
  return Object.entries(value).some(([key, entry]) => {
    const field = member.fields.find(({ name }) => name === key);
    if (field === undefined) return !member.open;
    return openWithin(open, key) === undefined && !align(entry, field.shape).fits;
  });
}

/** What is unfinished below `key`; undefined when everything there is finished. */
function openWithin(open: Keys, key: string | number): Keys | undefined {
  return open[0] === key ? open.slice(1) : undefined;
}
