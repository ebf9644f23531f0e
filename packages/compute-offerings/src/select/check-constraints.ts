import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { InvalidConstraintError } from "./invalid-constraint-error.ts";

/** Numbers that have to be whole and at least 1. */
const COUNTS = ["numGpus", "minAvailable"] as const;
const NUMBERS = [
  ...COUNTS,
  "maxPriceMicroDollarsPerHour",
  "minUptimePercent",
  "minTokensPerSecond",
  "maxTimeToFirstTokenMs",
] as const;

/** Throws {@link InvalidConstraintError} for a GPU that the catalogue lacks and for numbers that are none. */
export function checkConstraints(constraints: OfferingConstraints): void {
  const { gpu } = constraints;
  for (const name of typeof gpu === "object" ? Object.values(gpu) : [gpu]) {
    if (name !== undefined && resolveGpu(name) === undefined) {
      throw new InvalidConstraintError("gpu", "a GPU of the catalogue such as L4", JSON.stringify(name));
    }
  }
  for (const name of NUMBERS) {
    const value = constraints[name];
    const isCount = COUNTS.some((count) => count === name);
    if (value !== undefined && !(isCount ? Number.isSafeInteger(value) && value > 0 : value >= 0)) {
      throw new InvalidConstraintError(
        name,
        isCount ? "a whole number from 1" : "a number from 0",
        String(value),
      );
    }
  }
}
