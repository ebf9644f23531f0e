import { isMap } from "../shape/is-map.ts";
import type { IntersectionShape, LiteralShape, UnionShape } from "../shape/shape.ts";
import { alignAll } from "./align-object.ts";
import { type Alignment, depthOf, type Failure, misfit, type Outcome } from "./alignment.ts";
import { alternatives } from "./shapes-at.ts";

/** Aligns a value with the member that takes the fewest repairs, the first of equals. */
export function alignUnion(value: unknown, shape: UnionShape, alignment: Alignment): unknown {
  const wrong: Outcome[] = [];
  let best: Outcome | undefined;
  for (const member of shape.members) {
    const outcome = alignment.outcome(value, member);
    if (outcome.value === misfit) wrong.push(outcome);
    else if (best === undefined || outcome.cost < best.cost) best = outcome;
    if (best?.cost === 0) break;
  }
  if (best === undefined) return failUnion(value, shape, wrong, alignment);
  const { value: aligned } = best;
  if (shape.exclusive && shape.members.filter((member) => alignment.fits(aligned, member)).length !== 1) {
    return alignment.misfit(shape, value);
  }
  return alignment.take(best);
}

/** Fails as the member does that was meant; as the union where that cannot be told. */
function failUnion(
  value: unknown,
  shape: UnionShape,
  wrong: readonly Outcome[],
  alignment: Alignment,
): unknown {
  const inside = wrong.filter(
    ({ failures = [] }) => failures.length > 0 && failures.every(({ path }) => path !== ""),
  );
  // A member whose literal directly inside does not match is not the one that was meant.
  const meant = inside.length > 1 ? inside.filter(({ failures = [] }) => !failures.some(isTag)) : inside;
  const [deepest] = meant.toSorted((a, b) => depthOf(b.failures) - depthOf(a.failures));
  if (deepest !== undefined) return alignment.take(deepest);
  const tags = inside.flatMap(({ failures = [] }) => failures.find(isTag) ?? []);
  const [first] = tags;
  if (first === undefined || tags.some(({ path }) => path !== first.path)) {
    return alignment.misfit(shape, value);
  }
  const values = tags.flatMap((tag) => tag.shape.values);
  return alignment.misfit({ kind: "literal", values }, first.found, first.path);
}

function isTag(failure: Failure): failure is Failure & { readonly shape: LiteralShape } {
  return failure.shape.kind === "literal" && depthOf([failure]) === 1;
}

/** Aligns a value with each member in turn; keys that one of them names are not dropped for another. */
export function alignIntersection(value: unknown, shape: IntersectionShape, alignment: Alignment): unknown {
  const { members } = shape;
  const aligned = alignAll(value, members, alignment);
  if (aligned === misfit || aligned === value) return aligned;
  const isNamed = (key: string) =>
    members
      .flatMap(alternatives)
      .some((leaf) => leaf.kind === "object" && leaf.fields.some(({ name }) => name === key));
  const loses =
    isMap(value) &&
    isMap(aligned) &&
    Object.keys(value).some((key) => !Object.hasOwn(aligned, key) && value[key] !== null && isNamed(key));
  const fits = members.every((member) => alignment.fits(aligned, member));
  return loses || !fits ? alignment.misfit(shape, value) : aligned;
}
