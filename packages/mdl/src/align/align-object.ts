import { pointerStep } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import { acceptsNull } from "../shape/kinds.ts";
import type { ListShape, ObjectShape, Shape } from "../shape/shape.ts";
import { type Alignment, misfit } from "./alignment.ts";
import { shapesAt } from "./shapes-at.ts";

/** Aligns the parts of an object or list; what need not change is not copied. */
export function alignParts(value: object, shape: ListShape | ObjectShape, alignment: Alignment): unknown {
  const whole = value as Record<string | number, unknown>;
  let copy = whole;
  let fits = true;
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const { length } = keys ?? (value as unknown[]);
  for (let index = 0; index < length; index += 1) {
    const key = keys?.[index] ?? index;
    const part = whole[key];
    alignment.key = key;
    const aligned = alignPart(part, key, shape, alignment);
    if (aligned === part) continue;
    if (aligned === misfit) {
      if (!alignment.recording) return misfit;
      fits = false;
      continue;
    }
    if (copy === whole) copy = (Array.isArray(value) ? [...value] : { ...value }) as typeof whole;
    if (aligned === undefined) delete copy[key];
    else setOwn(copy, key as string, aligned);
  }
  alignment.key = undefined;
  for (const { name, shape: part, optional } of shape.kind === "object" ? shape.fields : []) {
    if (optional || Object.hasOwn(copy, name)) continue;
    fits = false;
    alignment.misfit(part, undefined, pointerStep(name));
  }
  return fits ? copy : misfit;
}

/**
 * Aligns the value under a key of an object, or an item of a list; undefined where it is dropped: nulls where a key may only be
 * absent, and keys that a closed type does not have.
 */
export function alignPart(value: unknown, key: string | number, shape: Shape, alignment: Alignment): unknown {
  if (shape.kind === "reference") return alignPart(value, key, shape.definition.shape, alignment);
  if (shape.kind === "intersection") return alignAll(value, shape.members, alignment, key);
  const shapes = shapesAt(shape, key);
  // A loose shape says nothing of the parts of other types.
  if (shape.kind === "object" && shapes.length > 0) {
    if (value === null && mayBeAbsent(key, shape)) {
      return alignment.repaired("null", "dropped a null: the key may be left out");
    }
    const { keys, rest } = shape;
    const isRefused = keys !== undefined && !alignment.fits(key, keys);
    if (isRefused && keys.kind !== "literal") return alignment.misfit(keys, key);
    if (isRefused || (rest.kind === "never" && shapes[0] === rest)) {
      return alignment.repaired("key", "dropped a key that the type does not have");
    }
  }
  const aligned = alignAll(value, shapes, alignment);
  const isSettled = shapes.length === 1 || aligned === misfit || aligned === undefined;
  // What one of them made of the value may be nothing to another.
  if (isSettled || shapes.every((part) => alignment.fits(aligned, part))) return aligned;
  return alignment.misfit({ kind: "intersection", members: shapes }, value);
}

/** Whether a key may be absent but not null. */
function mayBeAbsent(key: string | number, { fields }: ObjectShape): boolean {
  return fields.some(({ name, shape, optional }) => name === key && optional && !acceptsNull(shape));
}

/** Aligns a value, or the part under `key` of such a value, with one shape after the other. */
export function alignAll(
  value: unknown,
  shapes: readonly Shape[],
  alignment: Alignment,
  key?: string | number,
): unknown {
  let aligned = value;
  for (const shape of shapes) {
    aligned = key === undefined ? alignment.align(aligned, shape) : alignPart(aligned, key, shape, alignment);
    if (aligned === misfit || aligned === undefined) break;
  }
  return aligned;
}
