import { setOwn } from "../own-property.ts";
import { isMap } from "../shape/is-map.ts";
import { acceptsNull } from "../shape/kinds.ts";
import type { ObjectShape, Shape } from "../shape/shape.ts";
import { type Alignment, misfit } from "./alignment.ts";
import { lookupOf, shapesAt } from "./shapes-at.ts";

/** Aligns an object: nulls where a key may only be absent, and keys that a closed type does not have, are dropped. */
export function alignObject(value: unknown, shape: ObjectShape, alignment: Alignment): unknown {
  if (!isMap(value)) return alignment.misfit(shape, value);
  let copy: Record<string, unknown> | undefined;
  let fits = true;
  for (const key of Object.keys(value)) {
    const part = value[key];
    alignment.keys.push(key);
    const aligned = alignPart(part, key, shape, alignment);
    alignment.keys.pop();
    if (aligned === part) continue;
    fits &&= aligned !== misfit;
    if (!fits && !alignment.recording) return misfit;
    copy ??= { ...value };
    if (aligned === undefined) delete copy[key];
    else setOwn(copy, key, aligned);
  }
  for (const { name, shape: part, optional } of shape.fields) {
    if (optional || Object.hasOwn(copy ?? value, name)) continue;
    fits = false;
    alignment.keys.push(name);
    alignment.misfit(part, undefined);
    alignment.keys.pop();
  }
  return fits ? (copy ?? value) : misfit;
}

/** Aligns the value under a key of an object, or an item of a list; undefined where it is dropped. */
export function alignPart(value: unknown, key: string | number, shape: Shape, alignment: Alignment): unknown {
  switch (shape.kind) {
    case "reference":
      return alignPart(value, key, shape.definition.shape, alignment);
    case "intersection":
      return alignAll(value, shape.members, (part, member) => alignPart(part, key, member, alignment));
    case "list":
      return typeof key === "number" ? alignment.align(value, shape.prefix[key] ?? shape.rest) : value;
    case "object": {
      if (shape.loose && typeof key === "number") return value;
      const { keys, rest } = shape;
      const { fields, patterns } = lookupOf(shape);
      const field = fields.get(key);
      if (value === null && field?.optional && !acceptsNull(field.shape)) {
        alignment.repaired("null", "dropped a null: the key may be left out");
        return undefined;
      }
      if (keys !== undefined && !alignment.fits(key, keys)) {
        return keys.kind === "literal" ? dropKey(alignment) : alignment.misfit(keys, key);
      }
      if (patterns.length > 0) break;
      if (field === undefined && rest.kind === "never") return dropKey(alignment);
      return alignment.align(value, field?.shape ?? rest);
    }
  }
  const parts = shapesAt(shape, key);
  if (shape.kind === "object" && parts[0] === shape.rest && shape.rest.kind === "never") {
    return dropKey(alignment);
  }
  return alignAll(value, parts, (part, partShape) => alignment.align(part, partShape));
}

function dropKey(alignment: Alignment): undefined {
  alignment.repaired("key", "dropped a key that the type does not have");
}

/** Aligns a value with one shape after the other. */
export function alignAll(
  value: unknown,
  shapes: readonly Shape[],
  align: (value: unknown, shape: Shape) => unknown,
): unknown {
  let aligned = value;
  for (const shape of shapes) {
    aligned = align(aligned, shape);
    if (aligned === misfit || aligned === undefined) break;
  }
  return aligned;
}
