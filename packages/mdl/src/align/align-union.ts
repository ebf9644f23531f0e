import type { Repair } from "../repair.ts";
import type { UnionShape } from "../shape/shape.ts";
import { type Alignment, type AlignPart, type Failure, misfit } from "./alignment.ts";

/** Aligns a value with the member that takes the fewest repairs, the first of equals. */
export function alignUnion(
  value: unknown,
  shape: UnionShape,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  const repairCount = alignment.repairs.length;
  const failures: Failure[] = [];
  let best: { readonly value: unknown; readonly repairs: readonly Repair[] } | undefined;
  for (const member of shape.members) {
    const aligned = alignPart(value, member);
    const repairs = alignment.repairs.splice(repairCount);
    if (aligned === misfit) {
      if (alignment.failure !== undefined) failures.push(alignment.failure);
    } else if (repairs.length === 0) {
      return aligned;
    } else if (best === undefined || repairs.length < best.repairs.length) {
      best = { value: aligned, repairs };
    }
  }
  if (best === undefined) {
    const failure = mostTelling(failures, alignment.keys.length);
    if (failure === undefined) return alignment.misfit(shape, value);
    alignment.failure = failure;
    return misfit;
  }
  alignment.repairs.push(...best.repairs);
  return best.value;
}

/** The failure of the member that was meant; undefined where that cannot be told. */
function mostTelling(failures: readonly Failure[], depth: number): Failure | undefined {
  const inside = failures.filter(({ keys }) => keys.length > depth);
  if (inside.length <= 1) return inside[0];
  // A member whose literal directly inside does not match is not the one that was meant.
  const meant = inside.filter(({ keys, telling }) => !(telling && keys.length === depth + 1));
  return meant.toSorted((a, b) => b.keys.length - a.keys.length)[0];
}
