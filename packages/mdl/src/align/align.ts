import { withinBounds } from "../shape/bounds.ts";
import type { Shape } from "../shape/shape.ts";
import { alignContainer } from "./align-container.ts";
import { alignScalar } from "./align-scalar.ts";
import { alignIntersection, alignUnion } from "./align-union.ts";
import { Alignment, misfit } from "./alignment.ts";

/** Starts an alignment; without `recording` it tells what fits and at what cost, and not why. */
export function startAlignment({ recording }: { readonly recording: boolean }): Alignment {
  return new Alignment(alignStep, recording);
}

/** Makes a JSON value fit a shape, its bounds included. The value given is never changed. */
function alignStep(value: unknown, shape: Shape, alignment: Alignment): unknown {
  switch (shape.kind) {
    case "any":
      return value;
    case "reference":
      return alignment.align(value, shape.definition.shape);
    case "not":
      return alignment.fits(value, shape.shape) ? alignment.misfit(shape, value) : value;
    case "union":
      return alignUnion(value, shape, alignment);
    case "intersection":
      return alignIntersection(value, shape, alignment);
    case "never":
    case "null":
    case "bool":
    case "literal":
      return alignScalar(value, shape, alignment);
  }
  if (shape.loose && typeOf(value) !== typeOfKind(shape.kind)) return value;
  const aligned =
    shape.kind === "list" || shape.kind === "object"
      ? alignContainer(value, shape, alignment)
      : alignScalar(value, shape, alignment);
  const fits = aligned === misfit || withinBounds(aligned, shape.bounds);
  return fits ? aligned : alignment.misfit(shape, value);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return value === null ? "null" : typeof value;
}

function typeOfKind(kind: Shape["kind"]): string {
  return { str: "string", int: "number", float: "number" }[kind as string] ?? kind;
}
