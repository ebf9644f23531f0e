import type { Repair } from "../repair.ts";
import { isMap } from "../shape/is-map.ts";
import type { IntersectionShape, UnionShape } from "../shape/shape.ts";
import { alignAll } from "./align-object.ts";
import { type Alignment, type Failure, misfit } from "./alignment.ts";
import { alternatives, lookupOf } from "./shapes-at.ts";

/** Aligns a value with the member that takes the fewest repairs, the first of equals. */
export function alignUnion(value: unknown, shape: UnionShape, alignment: Alignment): unknown {
  const { cost, recording, repairs, failures } = alignment;
  const [repairCount, failureCount] = [repairs.length, failures.length];
  const wrong: (readonly Failure[])[] = [];
  let best: unknown = misfit;
  let bestCost = Number.POSITIVE_INFINITY;
  let bestRepairs: readonly Repair[] = [];
  for (const member of shape.members) {
    const aligned = alignment.align(value, member);
    const memberCost = alignment.cost - cost;
    const memberRepairs = recording ? repairs.splice(repairCount) : [];
    alignment.cost = cost;
    if (aligned === misfit) {
      if (recording) wrong.push(failures.splice(failureCount));
    } else if (memberCost < bestCost) {
      best = aligned;
      bestCost = memberCost;
      bestRepairs = memberRepairs;
      if (bestCost === 0) break;
    }
  }
  if (best === misfit) return recording ? failUnion(value, shape, wrong, alignment) : misfit;
  if (shape.exclusive && shape.members.filter((member) => alignment.fits(best, member)).length !== 1) {
    return alignment.misfit(shape, value);
  }
  alignment.cost += bestCost;
  repairs.push(...bestRepairs);
  return best;
}

/** Fails as the member does that was meant; as the union where that cannot be told. */
function failUnion(
  value: unknown,
  shape: UnionShape,
  failures: readonly (readonly Failure[])[],
  alignment: Alignment,
): typeof misfit {
  const depth = alignment.keys.length;
  const isTag = (failure: Failure) => failure.keys.length === depth + 1 && failure.shape.kind === "literal";
  const depthOf = (member: readonly Failure[]) => Math.max(...member.map(({ keys }) => keys.length));
  const inside = failures.filter(
    (member) => member.length > 0 && member.every(({ keys }) => keys.length > depth),
  );
  // A member whose literal directly inside does not match is not the one that was meant.
  const meant = inside.length > 1 ? inside.filter((member) => !member.some(isTag)) : inside;
  const [deepest] = meant.toSorted((a, b) => depthOf(b) - depthOf(a));
  if (deepest !== undefined) {
    alignment.failures.push(...deepest);
    return misfit;
  }
  const tags = inside.flatMap((member) => member.filter(isTag).slice(0, 1));
  const [first] = tags;
  const key = first?.keys[depth];
  if (first === undefined || tags.length < inside.length || tags.some(({ keys }) => keys[depth] !== key)) {
    return alignment.misfit(shape, value);
  }
  const values = tags.flatMap((tag) => (tag.shape.kind === "literal" ? tag.shape.values : []));
  alignment.failures.push({ ...first, shape: { kind: "literal", values } });
  return misfit;
}

/** Aligns a value with each member in turn; keys that one of them names are not dropped for another. */
export function alignIntersection(value: unknown, shape: IntersectionShape, alignment: Alignment): unknown {
  const aligned = alignAll(value, shape.members, (part, member) => alignment.align(part, member));
  if (aligned === misfit || aligned === value) return aligned;
  const lost =
    isMap(value) &&
    isMap(aligned) &&
    Object.keys(value).find((key) => {
      if (Object.hasOwn(aligned, key) || value[key] === null) return false;
      return shape.members.some((member) =>
        alternatives(member).some((leaf) => leaf.kind === "object" && lookupOf(leaf).fields.has(key)),
      );
    });
  const fits = shape.members.every((member) => alignment.fits(aligned, member));
  return typeof lost === "string" || !fits ? alignment.misfit(shape, value) : aligned;
}
