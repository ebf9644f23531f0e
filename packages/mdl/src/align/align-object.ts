import { setOwn } from "../own-property.ts";
import { acceptsNull } from "../print/notation.ts";
import type { Field, ObjectShape, RecordShape } from "../shape/shape.ts";
import { type Alignment, type AlignPart, misfit } from "./alignment.ts";

type JsonMap = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isJsonMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Aligns an object: nulls where a key may only be absent, and keys that a closed type does not have, are dropped. */
export function alignObject(
  value: unknown,
  shape: ObjectShape,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  if (!isJsonMap(value)) return alignment.misfit(shape, value);
  const draft = new Draft(value);
  for (const field of shape.fields) {
    const aligned = alignment.within(field.name, () => alignField(value, field, alignment, alignPart));
    if (aligned === misfit) return misfit;
    draft.set(field.name, aligned);
  }
  if (!shape.open) {
    const names = new Set(shape.fields.map((field) => field.name));
    for (const key of Object.keys(value).filter((name) => !names.has(name))) {
      alignment.within(key, () => alignment.repaired("key", "dropped a key that the type does not have"));
      draft.set(key, undefined);
    }
  }
  return draft.value;
}

/** Aligns the value of a field; undefined where it is absent. */
function alignField(map: JsonMap, field: Field, alignment: Alignment, alignPart: AlignPart): unknown {
  const { name, shape, optional } = field;
  const value = Object.hasOwn(map, name) ? map[name] : undefined;
  if (value === undefined) return optional ? undefined : alignment.misfit(shape, undefined);
  if (value === null && optional && !acceptsNull(shape)) {
    alignment.repaired("null", "dropped a null: the key may be left out");
    return undefined;
  }
  return alignPart(value, shape);
}

/** Aligns the values of a record. */
export function alignRecord(
  value: unknown,
  shape: RecordShape,
  alignment: Alignment,
  alignPart: AlignPart,
): unknown {
  if (!isJsonMap(value)) return alignment.misfit(shape, value);
  const draft = new Draft(value);
  for (const [key, entry] of Object.entries(value)) {
    const aligned = alignment.within(key, () => alignPart(entry, shape.value));
    if (aligned === misfit) return misfit;
    draft.set(key, aligned);
  }
  return draft.value;
}

/** An object that is copied once something in it changes. */
class Draft {
  readonly #original: JsonMap;
  #copy: Record<string, unknown> | undefined;

  constructor(original: JsonMap) {
    this.#original = original;
  }

  get value(): JsonMap {
    return this.#copy ?? this.#original;
  }

  /** Sets a key, or removes it where `value` is undefined. */
  set(key: string, value: unknown): void {
    const current = Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    if (value === current) return;
    this.#copy ??= { ...this.#original };
    if (value === undefined) delete this.#copy[key];
    else setOwn(this.#copy, key, value);
  }
}
