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

/** More than the keys of any type, and little where keys are made up. */
const maxKnownKeys = 1000;

const knownAmong = memoized((_: readonly Shape[]) => new Map<string | number, Growable>());

/** What the part under `key` may be of a value that may be of several shapes. */
export function growableAmong(shapes: readonly Shape[], key: string | number): Growable {
  const known = knownAmong(shapes);
  let growable = known.get(key);
  if (growable === undefined) {
    const members = shapes.map((shape) => partShape(shape, key));
    growable = growableOf({ kind: "union", members, exclusive: false });
    if (known.size < maxKnownKeys) known.set(key, growable);
  }
  return growable;
}
