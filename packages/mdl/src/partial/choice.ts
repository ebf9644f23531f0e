import { fitsAtOnce } from "../align/fits-at-once.ts";
import { alternatives, partShape } from "../align/shapes-at.ts";
import { escapeKey } from "../json-pointer.ts";
import { memoized } from "../memoized.ts";
import { bits, kindsOf } from "../shape/kinds.ts";
import type { Shape } from "../shape/shape.ts";
import type { Key } from "./container.ts";

/** What a part may be, and which of that it may be as it grows: literals, for one, are shown when they are whole. */
export interface Growable {
  readonly all: readonly Shape[];
  readonly isText: boolean;
  readonly list: Choice | undefined;
  readonly object: Choice | undefined;
  /** Whether whatever fits one of `all` unchanged fits the part: not where only one of them may fit (`oneOf`). */
  readonly isFree: boolean;
  /** How a JSON Pointer names the key of the part; absent where the same is said of several keys. */
  readonly step?: Key | undefined;
  /** Whether a value fits, as can be seen at once. */
  readonly fitsAtOnce: (value: unknown) => boolean;
}

/** What the part under one key may be. */
export interface Part extends Growable {
  /** For each shape whether a value fits its part, as can be seen at once. */
  readonly tests: readonly Growable["fitsAtOnce"][];
  /** By literals that came: what is left with one, where each shape takes it as it is or not at all. */
  readonly left: Map<string, Choice> | undefined;
}

/** More than the keys of any type and the literals under one, and little where they are made up. */
export const maxKnown = 1000;

/** The shapes, one or several, that an unfinished object or list may be of, and what they say of its parts. */
export class Choice {
  readonly shapes: readonly Shape[];
  /** Whether there is one shape only, and what a part may be depends on its key alone. */
  readonly isKnown: boolean;
  readonly #names: ReadonlySet<Key>;
  /** The item from which on the same is said of all; infinite where that cannot be told, nor of keys without a name. */
  readonly #firstAlike: number;
  readonly #parts = new Map<Key, Part>();
  /** What is said of those items or keys. */
  #others: Part | undefined;
  readonly #narrowed = new Map<string, Choice>();

  constructor(shapes: readonly Shape[]) {
    const fields = shapes.flatMap((shape) => (shape.kind === "object" ? shape.fields : []));
    this.shapes = shapes;
    this.isKnown = shapes.length === 1 && shapes.every(isTelling);
    this.#names = new Set(fields.map(({ name }) => name));
    const firstAlike = (shape: Shape) => {
      if (shape.kind === "list") return shape.prefix.length;
      return shape.kind === "intersection" || (shape.kind === "object" && shape.patterns.length > 0)
        ? Infinity
        : 0;
    };
    this.#firstAlike = Math.max(...shapes.map(firstAlike));
  }

  /** What the part under a key may be. */
  partAt(key: Key): Part {
    if (typeof key === "number" && this.#others !== undefined && key >= this.#firstAlike) return this.#others;
    return this.#parts.get(key) ?? this.#partNotMet(key);
  }

  #partNotMet(key: Key): Part {
    const isOther =
      typeof key === "number"
        ? key >= this.#firstAlike
        : this.#firstAlike < Infinity && !this.#names.has(key);
    if (isOther && this.#others !== undefined) return this.#others;
    const part = this.#makePart(key, isOther ? undefined : key);
    if (isOther) this.#others = part;
    else if (this.#parts.size < maxKnown) this.#parts.set(key, part);
    return part;
  }

  #makePart(key: Key, named: Key | undefined): Part {
    const members = this.shapes.map((shape) => partShape(shape, key));
    const [only, another] = members;
    const growable = growableOf(only && !another ? only : { kind: "union", members, exclusive: false });
    const hasLiterals = growable.all.some(({ kind }) => kind === "literal");
    return {
      ...growable,
      step: typeof named === "string" ? escapeKey(named) : undefined,
      tests: members.map((member, index) =>
        isTelling(this.shapes[index] as Shape) ? fitsAtOnce(member) : () => false,
      ),
      left: another && hasLiterals ? new Map() : undefined,
    };
  }

  /** What is left of the shapes where only those that `isLeft` are. */
  narrow(isLeft: readonly boolean[]): Choice {
    const name = isLeft.join();
    let narrowed = this.#narrowed.get(name);
    if (narrowed === undefined) {
      narrowed = new Choice(this.shapes.filter((_, index) => isLeft[index]));
      if (this.#narrowed.size < maxKnown) this.#narrowed.set(name, narrowed);
    }
    return narrowed;
  }
}

/** Whether a part that fits what the shape says of its key is what becomes of it, whatever the key. */
function isTelling(shape: Shape): boolean {
  return shape.kind !== "intersection" && !("keys" in shape && shape.keys);
}

/** What a part of a shape may be. */
export const growableOf = memoized((shape: Shape): Growable => {
  const all = alternatives(shape);
  const growing = (kind: number) =>
    all.filter((part) => part.kind !== "literal" && (kindsOf(part) & kind) !== 0);
  const choice = (shapes: readonly Shape[]) => (shapes.length > 0 ? new Choice(shapes) : undefined);
  return {
    all,
    isText: growing(bits.str).length > 0,
    list: choice(growing(bits.list)),
    object: choice(growing(bits.object)),
    isFree: isFree(shape),
    fitsAtOnce: fitsAtOnce(shape),
  };
});

function isFree(shape: Shape): boolean {
  if (shape.kind === "reference") return isFree(shape.definition.shape);
  return shape.kind !== "union" || (!shape.exclusive && shape.members.every(isFree));
}
