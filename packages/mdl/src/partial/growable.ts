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
interface SharedPart extends Growable {
  /** How a JSON Pointer names the key; absent for items. */
  readonly step?: string | number;
  /** Whether a value fits the part of each shape, as can be seen at once. */
  readonly fitsAll: (value: unknown) => boolean;
  /** The shapes that a text leaves, where others do not have it and these take it as it is: what tells members apart. */
  readonly left: Map<string, readonly Shape[]> | undefined;
}

/** More than the keys, and the literals under one, of any type, and little where they are made up. */
const maxKnown = 1000;

const knownAmong = memoized((shapes: readonly Shape[]) => ({
  known: new Map<string | number, SharedPart>(),
  /** From this item on all may be the same. */
  uniformFrom: Math.max(0, ...shapes.map((shape) => (shape.kind === "list" ? shape.prefix.length : 0))),
}));

/** What the part under `key` may be of a value that may be of several shapes. */
export function sharedPart(shapes: readonly Shape[], key: string | number): SharedPart {
  const { known, uniformFrom } = knownAmong(shapes);
  const place = typeof key === "number" ? Math.min(key, uniformFrom) : key;
  let shared = known.get(place);
  if (shared === undefined) {
    const members = shapes.map((shape) => partShape(shape, place));
    const growable = growableOf({ kind: "union", members, exclusive: false });
    const tests = shapes.map((shape) => {
      const parts = partsOf(shape);
      return (parts?.named.get(place) ?? parts?.others)?.fitsAtOnce;
    });
    shared = {
      ...growable,
      ...(typeof place === "string" && { step: escapeKey(place) }),
      fitsAll: (value) => tests.every((fits) => fits?.(value)),
      left: growable.all.some(({ kind }) => kind === "literal") ? new Map() : undefined,
    };
    if (known.size < maxKnown) known.set(place, shared);
  }
  return shared;
}

/** Remembers which shapes a text leaves. */
export function rememberLeft({ left }: SharedPart, text: string, shapes: readonly Shape[]): void {
  if (left !== undefined && left.size < maxKnown && text.length < maxKnown) left.set(text, shapes);
}
