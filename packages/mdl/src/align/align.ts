import type { Repair } from "../repair.ts";
import type { Shape } from "../shape/shape.ts";
import { alignList, alignTuple } from "./align-list.ts";
import { alignObject, alignRecord } from "./align-object.ts";
import { alignBoolean, alignLiteral, alignNumber, alignString } from "./align-scalar.ts";
import { alignUnion } from "./align-union.ts";
import { Alignment, type AlignPart, type Failure, misfit } from "./alignment.ts";

/** Result of {@link align}. */
export type Aligned =
  | { readonly fits: true; readonly value: unknown; readonly repairs: readonly Repair[] }
  | { readonly fits: false; readonly failure: Failure };

/**
 * Makes a JSON value fit a shape, bounds aside, and tells what that took. The value given is never changed, and given back
 * where it fits as it is.
 */
export function align(value: unknown, shape: Shape): Aligned {
  const alignment = new Alignment();
  const alignPart: AlignPart = (part, partShape) => {
    switch (partShape.kind) {
      case "str":
        return alignString(part, partShape, alignment);
      case "int":
      case "float":
        return alignNumber(part, partShape, alignment);
      case "bool":
        return alignBoolean(part, partShape, alignment);
      case "null":
        return part === null ? part : alignment.misfit(partShape, part);
      case "literal":
        return alignLiteral(part, partShape, alignment);
      case "list":
        return alignList(part, partShape, alignment, alignPart);
      case "tuple":
        return alignTuple(part, partShape, alignment, alignPart);
      case "record":
        return alignRecord(part, partShape, alignment, alignPart);
      case "object":
        return alignObject(part, partShape, alignment, alignPart);
      case "union":
        return alignUnion(part, partShape, alignment, alignPart);
    }
  };
  const aligned = alignPart(value, shape);
  if (aligned !== misfit) return { fits: true, value: aligned, repairs: alignment.repairs };
  return { fits: false, failure: alignment.failure as Failure };
}
