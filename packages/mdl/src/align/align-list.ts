import { excerpt } from "../excerpt.ts";
import type { ListShape, Shape, TupleShape } from "../shape/shape.ts";
import { type Alignment, type AlignPart, misfit } from "./alignment.ts";

/** Aligns a list; one value in the place of a list becomes a list of one. */
export function alignList(
  value: unknown,
  shape: ListShape,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  if (Array.isArray(value)) return alignItems(value, () => shape.items, alignment, alignPart);
  if (value === undefined || value === null) return alignment.misfit(shape, value);
  const repairCount = alignment.repairs.length;
  alignment.repaired("list", `read ${excerpt(value)} as a list of one`);
  const item = alignment.within(0, () => alignPart(value, shape.items));
  if (item !== misfit) return [item];
  alignment.repairs.length = repairCount;
  return alignment.misfit(shape, value);
}

/** Aligns a tuple. */
export function alignTuple(
  value: unknown,
  shape: TupleShape,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  const { items, minItems, open } = shape;
  if (!Array.isArray(value) || value.length < minItems || (value.length > items.length && !open)) {
    return alignment.misfit(shape, value);
  }
  return alignItems(value, (index) => items[index], alignment, alignPart);
}

function alignItems(
  values: readonly unknown[],
  shapeAt: (index: number) => Shape | undefined,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  let changed: unknown[] | undefined;
  for (const [index, value] of values.entries()) {
    const shape = shapeAt(index);
    if (shape === undefined) break;
    const item = alignment.within(index, () => alignPart(value, shape));
    if (item === misfit) return misfit;
    if (item === value) continue;
    changed ??= [...values];
    changed[index] = item;
  }
  return changed ?? values;
}
