import { excerpt } from "../excerpt.ts";
import type { ListShape } from "../shape/shape.ts";
import { type Alignment, misfit } from "./alignment.ts";

/** Aligns a list; one value in the place of a list becomes a list of one. */
export function alignList(value: unknown, shape: ListShape, alignment: Alignment): unknown {
  if (Array.isArray(value)) return alignItems(value, shape, alignment);
  const outer = alignment.alone;
  // A list of lists of lists would be without end.
  if (value === undefined || value === null || value === outer) return alignment.misfit(shape, value);
  alignment.alone = value;
  const wrapped = alignment.attempt(() => {
    alignment.repaired("list", `read ${excerpt(value)} as a list of one`);
    return alignItems([value], shape, alignment);
  });
  alignment.alone = outer;
  return wrapped === misfit ? alignment.misfit(shape, value) : wrapped;
}

function alignItems(values: readonly unknown[], shape: ListShape, alignment: Alignment): unknown {
  let changed: unknown[] | undefined;
  let fits = true;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    alignment.keys.push(index);
    const item = alignment.align(value, shape.prefix[index] ?? shape.rest);
    alignment.keys.pop();
    if (item === value) continue;
    fits &&= item !== misfit;
    if (!fits && !alignment.recording) return misfit;
    changed ??= [...values];
    changed[index] = item;
  }
  return fits ? (changed ?? values) : misfit;
}
