import { isMap } from "../shape/is-map.ts";
import type { IntersectionShape, LiteralShape, UnionShape } from "../shape/shape.ts";
import { alignAll } from "./align-object.ts";
import { type Alignment, depthOf, type Failure, failuresOf, misfit, type Outcome } from "./alignment.ts";
import { alternatives } from "./shapes-at.ts";

/** Aligns a value with the member that takes the fewest repairs, the first of equals; undefined for none, or too many. */
export function alignUnion(value: unknown, shape: UnionShape, alignment: Alignment): unknown {
  const wrong: Outcome[] = [];
  let best: Outcome | undefined;
  for (const member of shape.members) {
    const outcome = alignment.outcome(value, member);
    if (outcome.value === misfit) wrong.push(outcome);
    else if (best === undefined || outcome.cost < best.cost) best = outcome;
    if (best?.cost === 0) break;
  }
  if (best === undefined) return failUnion(wrong, alignment);
  const { value: aligned } = best;
  const isOne =
    !shape.exclusive || shape.members.filter((member) => alignment.fits(aligned, member)).length === 1;
  return isOne ? alignment.take(best) : undefined;
}

/** Fails as the member does that was meant; undefined where that cannot be told. */
function failUnion(wrong: readonly Outcome[], alignment: Alignment): unknown {
  const inside = wrong.filter((outcome) => {
    const failures = failuresOf(outcome);
    return failures.length > 0 && failures.every(({ path }) => path !== "");
  });
  const tagOf = (outcome: Outcome) => failuresOf(outcome).find(isTag);
  // A member whose literal directly inside does not match is not the one that was meant.
  const meant = inside.length > 1 ? inside.filter((outcome) => tagOf(outcome) === undefined) : inside;
  const [deepest] = meant.toSorted((a, b) => depthOf(failuresOf(b)) - depthOf(failuresOf(a)));
  if (deepest !== undefined) return alignment.take(deepest);
  const tags = inside.flatMap((outcome) => tagOf(outcome) ?? []);
  const [first] = tags;
  if (first === undefined || tags.some(({ path }) => path !== first.path)) return undefined;
  const values = tags.flatMap((tag) => tag.shape.values);
  return alignment.misfit({ kind: "literal", values }, first.found, first.path);
}

function isTag(failure: Failure): failure is Failure & { readonly shape: LiteralShape } {
  return failure.shape.kind === "literal" && depthOf([failure]) === 1;
}

/** Aligns a value with each member in turn; undefined where one of them drops a key that another names, or then no longer fits. */
export function alignIntersection(
  value: unknown,
  { members }: IntersectionShape,
  alignment: Alignment,
): unknown {
  const aligned = alignAll(value, members, alignment);
  if (aligned === misfit || aligned === value) return aligned;
  const leaves = members.flatMap(alternatives);
  const isNamed = (key: string) =>
    leaves.some((leaf) => leaf.kind === "object" && leaf.fields.some(({ name }) => name === key));
  const loses =
    isMap(value) &&
    isMap(aligned) &&
    Object.keys(value).some((key) => !Object.hasOwn(aligned, key) && value[key] !== null && isNamed(key));
  return !loses && members.every((member) => alignment.fits(aligned, member)) ? aligned : undefined;
}
