import { inOrder } from "./build-object.ts";
import { kindsOf } from "./kinds.ts";
import type { Field, ObjectShape, Shape } from "./shape.ts";
import { tighten } from "./tighten.ts";
import { isAnnotated } from "./unite.ts";

const typeOfKinds = new Map([
  [1, "str"],
  [2, "float"],
  [16, "list"],
  [32, "object"],
] as const);

/** One shape for all of several; what can be said as one shape is. */
export function intersect(given: readonly Shape[]): Shape {
  const flat = given.flatMap((shape) =>
    shape.kind === "intersection" && !isAnnotated(shape) ? shape.members : [shape],
  );
  const kinds = flat.reduce((common, member) => common & kindsOf(member), 63);
  const type = typeOfKinds.get(kinds as 1);
  const members: Shape[] = [];
  for (const shape of flat.map((member) => (type === undefined ? member : tighten(member, type)))) {
    if (shape.kind === "never") return shape;
    if (shape.kind === "any") continue;
    const index = members.findIndex((member) => merge(member, shape) !== undefined);
    if (index < 0) members.push(shape);
    else members[index] = merge(members[index] as Shape, shape) as Shape;
  }
  const telling = members.filter(
    (member) => !(isBare(member) && members.some((other) => other !== member && covers(member, other))),
  );
  const [first = flat[0] ?? { kind: "any" }, second] = telling;
  return second === undefined ? first : { kind: "intersection", members: telling };
}

/** Whether a shape names a type and nothing more. */
function isBare(shape: Shape): boolean {
  if (isAnnotated(shape)) return false;
  if (shape.kind === "bool") return true;
  if (!("bounds" in shape) || shape.loose || Object.keys(shape.bounds).length > 0) return false;
  if (shape.kind === "list") return shape.prefix.length === 0 && shape.rest.kind === "any";
  if (shape.kind !== "object") return shape.kind !== "int";
  return shape.fields.length + shape.patterns.length === 0 && shape.rest.kind === "any" && !shape.keys;
}

/** Whether every value of `other` is of the type that is all `bare` says. */
function covers(bare: Shape, other: Shape): boolean {
  return (kindsOf(other) & ~kindsOf(bare)) === 0;
}

/** One shape for both; undefined where there is none without an intersection. */
function merge(a: Shape, b: Shape): Shape | undefined {
  if (isAnnotated(a) && isAnnotated(b)) return undefined;
  if (a.kind === "object" && b.kind === "object") return mergeObjects(a, b);
  const [one, other] = a.kind === "float" && b.kind === "int" ? [b, a] : [a, b];
  const scalar = one.kind === "str" || one.kind === "int" || one.kind === "float";
  const sameType = one.kind === other.kind || (one.kind === "int" && other.kind === "float");
  if (!scalar || !sameType || !("bounds" in other) || one.loose !== other.loose) return undefined;
  if (Object.keys(one.bounds).some((keyword) => keyword in other.bounds)) return undefined;
  return { ...other, ...one, bounds: { ...one.bounds, ...other.bounds } } as Shape;
}

function mergeObjects(a: ObjectShape, b: ObjectShape): ObjectShape | undefined {
  const isOpen = ({ rest, patterns, keys }: ObjectShape) =>
    rest.kind === "any" && patterns.length === 0 && !keys;
  if (!isOpen(a) || !isOpen(b) || a.loose !== b.loose) return undefined;
  if (Object.keys(a.bounds).some((keyword) => keyword in b.bounds)) return undefined;
  const fields = a.fields.map((field): Field => {
    const other = b.fields.find(({ name }) => name === field.name);
    if (other === undefined) return field;
    const optional = field.optional && other.optional;
    return { name: field.name, shape: intersect([field.shape, other.shape]), optional };
  });
  const added = b.fields.filter(({ name }) => !a.fields.some((field) => field.name === name));
  return { ...b, ...a, fields: inOrder([...fields, ...added]), bounds: { ...a.bounds, ...b.bounds } };
}
