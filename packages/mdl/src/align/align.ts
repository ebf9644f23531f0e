import { withinBounds } from "../shape/bounds.ts";
import type { Shape } from "../shape/shape.ts";
import { alignList } from "./align-list.ts";
import { alignLiteral } from "./align-literal.ts";
import { alignObject } from "./align-object.ts";
import { alignBoolean, alignNumber, alignString } from "./align-scalar.ts";
import { alignIntersection, alignUnion } from "./align-union.ts";
import { Alignment, misfit } from "./alignment.ts";
import { unwrap } from "./unwrap.ts";

/** Starts an alignment; without `recording` it tells what fits and at what cost, and not why. */
export function startAlignment({ recording }: { readonly recording: boolean }): Alignment {
  return new Alignment(alignStep, recording);
}

/** Makes a JSON value fit a shape, its bounds included. The value given is never changed. */
function alignStep(value: unknown, shape: Shape, alignment: Alignment): unknown {
  switch (shape.kind) {
    case "any":
      return value;
    case "never":
      return alignment.misfit(shape, value);
    case "null":
      return value === null ? value : alignment.misfit(shape, value);
    case "bool":
      return alignBoolean(value, shape, alignment);
    case "literal":
      return alignLiteral(value, shape, alignment);
    case "reference":
      return alignment.align(value, shape.definition.shape);
    case "not":
      return alignment.fits(value, shape.shape) ? alignment.misfit(shape, value) : value;
    case "union":
      return alignUnion(value, shape, alignment);
    case "intersection":
      return alignIntersection(value, shape, alignment);
    default:
      return alignTyped(value, shape, alignment);
  }
}

type TypedShape = Extract<Shape, { bounds: unknown }>;

function alignTyped(value: unknown, shape: TypedShape, alignment: Alignment): unknown {
  if (shape.loose && !isOfKind(value, shape.kind)) return value;
  const aligned = alignKind(value, shape, alignment);
  if (aligned !== misfit && !withinBounds(aligned, shape.bounds)) return alignment.misfit(shape, value);
  return aligned;
}

function alignKind(value: unknown, shape: TypedShape, alignment: Alignment): unknown {
  switch (shape.kind) {
    case "str":
      return alignString(value, shape, alignment);
    case "list":
      return unwrap(value, shape, alignment, alignList);
    case "object":
      return unwrap(value, shape, alignment, alignObject);
    default:
      return alignNumber(value, shape, alignment);
  }
}

function isOfKind(value: unknown, kind: TypedShape["kind"]): boolean {
  switch (kind) {
    case "str":
      return typeof value === "string";
    case "list":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === "number";
  }
}
