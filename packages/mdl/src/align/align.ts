import { withinBounds } from "../shape/bounds.ts";
import type { Shape } from "../shape/shape.ts";
import { alignContainer } from "./align-container.ts";
import { alignScalar } from "./align-scalar.ts";
import { alignIntersection, alignUnion } from "./align-union.ts";
import { Alignment, misfit } from "./alignment.ts";
import { isOfKind } from "./is-of-kind.ts";

type TypedShape = Extract<Shape, { bounds: unknown }>;

/** Starts an alignment; without `recording` it tells what fits and at what cost, and not why. */
export function startAlignment({ recording }: { readonly recording: boolean }): Alignment {
  return new Alignment(alignStep, recording);
}

/** Makes a JSON value fit a shape, its bounds included. The value given is never changed. */
function alignStep(value: unknown, shape: Shape, alignment: Alignment): unknown {
  const { loose, bounds, kind } = shape as TypedShape;
  if (loose && !isOfKind(value, kind)) return value;
  const aligned = alignKind(value, shape, alignment);
  const isTold = aligned === misfit || (aligned !== undefined && withinBounds(aligned, bounds));
  return isTold ? aligned : alignment.misfit(shape, value);
}

/** As {@link alignStep}, but for the bounds; undefined for a misfit that is still to be noted. */
function alignKind(value: unknown, shape: Shape, alignment: Alignment): unknown {
  switch (shape.kind) {
    case "any":
      return value;
    case "reference":
      return alignment.align(value, shape.definition.shape);
    case "not":
      return alignment.fits(value, shape.shape) ? undefined : value;
    case "union":
      return alignUnion(value, shape, alignment);
    case "intersection":
      return alignIntersection(value, shape, alignment);
    case "list":
    case "object":
      return alignContainer(value, shape, alignment);
    default:
      return alignScalar(value, shape, alignment);
  }
}
