import { isAnnotated } from "./annotations.ts";
import { inOrder } from "./build-object.ts";
import { anyKind, kindsOf } from "./kinds.ts";
import { partsOf } from "./parts.ts";
import { type Field, type ObjectShape, open, type Shape } from "./shape.ts";
import { tighten } from "./tighten.ts";

/** One shape for all of several; what can be said as one shape is. */
export function intersect(given: readonly Shape[]): Shape {
  const flat = given.flatMap((shape) =>
    shape.kind === "intersection" && !isAnnotated(shape) ? shape.members : [shape],
  );
  const kinds = flat.reduce((common, member) => common & kindsOf(member), anyKind);
  const members: Shape[] = [];
  for (const member of flat) {
    const shape = tighten(member, kinds);
    if (shape.kind === "never") return shape;
    const isSaid = members.some((other, index) => {
      const merged = merge(other, shape);
      if (merged) members[index] = merged;
      return merged;
    });
    if (!isSaid && shape.kind !== "any") members.push(shape);
  }
  // A bare type tells nothing beside what is of that type anyway; of bare ones the first does.
  const telling = members.filter(
    (member, index) =>
      !isBare(member) ||
      members.every((other, at) => kindsOf(other) & ~kindsOf(member) || (at >= index && isBare(other))),
  );
  const [first = flat[0] ?? open, second] = telling;
  return second ? { kind: "intersection", members: telling } : first;
}

/** Whether a shape names a type and nothing more. */
function isBare(shape: Shape): boolean {
  if (isAnnotated(shape) || shape.kind === "int" || "loose" in shape) return false;
  if (!("bounds" in shape)) return shape.kind === "bool";
  const [rest = open, ...others] = partsOf(shape);
  return rest.kind === "any" && others.length + Object.keys(shape.bounds).length === 0;
}

/** One shape for both; undefined where there is none without an intersection. */
function merge(a: Shape, b: Shape): Shape | undefined {
  // A whole number is a number.
  const [one, other] = a.kind === "float" && b.kind === "int" ? [b, a] : [a, b];
  const sameType = one.kind === other.kind || (one.kind === "int" && other.kind === "float");
  if (!sameType || one.kind === "list" || !("bounds" in one && "bounds" in other)) return undefined;
  if (one.loose !== other.loose || (isAnnotated(one) && isAnnotated(other))) return undefined;
  if (Object.keys(one.bounds).some((keyword) => keyword in other.bounds)) return undefined;
  const merged = { ...other, ...one, bounds: { ...one.bounds, ...other.bounds } } as Shape;
  if (one.kind !== "object" || other.kind !== "object") return merged;
  const areOpen = [one, other].every(
    ({ rest, patterns, keys }) => rest.kind === "any" && !patterns.length && !keys,
  );
  return areOpen ? { ...(merged as ObjectShape), fields: mergeFields(one, other) } : undefined;
}

function mergeFields(a: ObjectShape, b: ObjectShape): readonly Field[] {
  const fields = new Map(a.fields.map((field) => [field.name, field]));
  for (const field of b.fields) {
    const { name, shape, optional } = field;
    const own = fields.get(name);
    const both = own && { name, shape: intersect([own.shape, shape]), optional: own.optional && optional };
    fields.set(name, both ?? field);
  }
  return inOrder(fields);
}
