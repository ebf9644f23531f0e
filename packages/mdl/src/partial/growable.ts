import { fitsAtOnce } from "../align/fits-at-once.ts";
import { alternatives } from "../align/shapes-at.ts";
import { memoized } from "../memoized.ts";
import { bits, kindsOf } from "../shape/kinds.ts";
import type { Shape } from "../shape/shape.ts";
import { Choice } from "./choice.ts";
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
