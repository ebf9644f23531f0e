import { excerpt, shorten } from "../excerpt.ts";
import { jsonPointer, type Keys } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { printType } from "../print/print-type.ts";
import type { Repair, RepairKind } from "../repair.ts";
import type { Shape } from "../shape/shape.ts";

/** Stands for a value that cannot be made to fit. */
export const misfit: unique symbol = Symbol("misfit");

/** Makes a part of a value fit its shape; gives the value itself back where it fits already. */
export type AlignPart = (value: unknown, shape: Shape) => unknown;

/** Why a value does not fit. */
export interface Failure {
  readonly keys: Keys;
  readonly shape: Shape;
  readonly found: unknown;
  /** Whether the value at fault is a literal, by which a union tells its members apart. */
  readonly telling: boolean;
}

/** State of one alignment: where it is, what it repaired, and what failed last. */
export class Alignment {
  readonly keys: (string | number)[] = [];
  readonly repairs: Repair[] = [];
  failure: Failure | undefined;

  /** Runs `align` for the part under `key`. */
  within<T>(key: string | number, align: () => T): T {
    this.keys.push(key);
    const aligned = align();
    this.keys.pop();
    return aligned;
  }

  repaired(kind: RepairKind, message: string): void {
    this.repairs.push({ kind, path: jsonPointer(this.keys), message });
  }

  /** Notes that `found` does not fit `shape` here. */
  misfit(shape: Shape, found: unknown): typeof misfit {
    this.failure = { keys: [...this.keys], shape, found, telling: shape.kind === "literal" };
    return misfit;
  }
}

/** A failure in words. */
export function describeFailure({ keys, shape, found }: Failure): Mismatch {
  return {
    path: jsonPointer(keys),
    expected: shorten(printType(shape, "inline")),
    found: excerpt(found),
  };
}
