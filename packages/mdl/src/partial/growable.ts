import { fitsAtOnce } from "../align/fits-at-once.ts";
import { alternatives, partShape } from "../align/shapes-at.ts";
import { escapeKey } from "../json-pointer.ts";
import { memoized } from "../memoized.ts";
import { bits, kindsOf } from "../shape/kinds.ts";
import type { Shape } from "../shape/shape.ts";

/** What a part may be, and which of that it may be as it grows: literals, for one, are shown when they are whole. */
export interface Growable {
  readonly all: readonly Shape[];
  readonly text: readonly Shape[];
  readonly list: readonly Shape[];
  readonly object: readonly Shape[];
  /** Whether whatever fits one of `all` unchanged fits the part: not where only one of them may fit (`oneOf`). */
  readonly isChoice: boolean;
  /** Whether a value fits, as can be seen at once. */
  readonly fitsAtOnce: (value: unknown) => boolean;
}

/** What a part of a shape may be. */
export const growableOf = memoized((shape: Shape): Growable => {
  const all = alternatives(shape);
  const growing = (kind: number) =>
    all.filter((part) => part.kind !== "literal" && (kindsOf(part) & kind) !== 0);
  return {
    all,
    text: growing(bits.str),
    list: growing(bits.list),
    object: growing(bits.object),
    isChoice: isChoice(shape),
    fitsAtOnce: fitsAtOnce(shape),
  };
});

function isChoice(shape: Shape): boolean {
  if (shape.kind === "reference") return isChoice(shape.definition.shape);
  return shape.kind !== "union" || (!shape.exclusive && shape.members.every(isChoice));
}

/** What the part under one key may be, and how a JSON Pointer names that key. */
interface NamedPart extends Growable {
  readonly step: string | number;
  /** A bit of its own where the key may not be absent, else 0. */
  readonly bit: number;
}

/** What the parts of a value may be. */
export interface Parts {
  readonly named: ReadonlyMap<string | number, NamedPart>;
  readonly others: Growable;
  /** Bits of all keys that may not be absent; undefined where these are more than a number has bits for. */
  readonly required: number | undefined;
}

/** What the parts of a value of a shape may be; null where their keys do not tell that alone. */
export const partsOf = memoized((shape: Shape): Parts | null => {
  if (shape.kind === "list" && shape.prefix.length === 0) {
    return { named: new Map(), others: growableOf(shape.rest), required: 0 };
  }
  if (shape.kind !== "object" || shape.patterns.length > 0 || shape.keys !== undefined) return null;
  const names = shape.fields.filter(({ optional }) => !optional).map(({ name }) => name);
  const bitOf = (name: string) => (names.includes(name) ? 1 << names.indexOf(name) : 0);
  const named = new Map(
    shape.fields.map(({ name, shape: part }) => [
      name,
      { ...growableOf(part), step: escapeKey(name), bit: bitOf(name) },
    ]),
  );
  const required = names.length < 31 ? 2 ** names.length - 1 : undefined;
  return { named, others: growableOf(shape.rest), required };
});

/** What the part under one key may be of a value that may be of several shapes. */
export interface SharedPart extends Growable {
  /** How a JSON Pointer names the key; undefined for items. */
  readonly step: string | number | undefined;
  /** For each shape whether a value fits its part, as can be seen at once. */
  readonly tests: readonly Growable["fitsAtOnce"][];
  /** By literals that came: the shapes that take it as it is, where no other takes it at all. */
  readonly left: Map<string, readonly Shape[]> | undefined;
}

/** More than the keys of any type and the literals under one, and little where they are made up. */
export const maxKnown = 1000;

const knownAmong = memoized((_: readonly Shape[]) => new Map<string | number, SharedPart>());

/** The item from which on all items may be the same. */
const uniformFrom = memoized((shapes: readonly Shape[]) =>
  Math.max(...shapes.map((shape) => (shape.kind === "list" ? shape.prefix.length : 0))),
);

/** What the part under a key may be of a value that may be of several shapes. */
export function sharedPart(shapes: readonly Shape[], of: string | number): SharedPart {
  const key = typeof of === "number" ? Math.min(of, uniformFrom(shapes)) : of;
  const known = knownAmong(shapes);
  let shared = known.get(key);
  if (shared === undefined) {
    const members = shapes.map((shape) => partShape(shape, key));
    const growable = growableOf({ kind: "union", members, exclusive: false });
    shared = {
      ...growable,
      step: typeof key === "string" ? escapeKey(key) : undefined,
      tests: shapes.map((shape) => {
        const parts = partsOf(shape);
        return (parts?.named.get(key) ?? parts?.others)?.fitsAtOnce ?? (() => false);
      }),
      left: growable.all.some(({ kind }) => kind === "literal") ? new Map() : undefined,
    };
    if (known.size < maxKnown) known.set(key, shared);
  }
  return shared;
}
