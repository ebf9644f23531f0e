import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { InvalidConstraintError } from "./invalid-constraint-error.ts";

const COUNTS = ["numGpus", "minAvailable"] as const;
const AMOUNTS = [
  "maxPriceMicroDollarsPerHour",
  "minUptimePercent",
  "minTokensPerSecond",
  "maxTimeToFirstTokenMs",
] as const;

/** Throws {@link InvalidConstraintError} for a GPU that the catalogue lacks and for numbers that are none. */
export function checkConstraints(constraints: OfferingConstraints): void {
  const { gpu } = constraints;
  for (const name of gpu === undefined ? [] : typeof gpu === "object" ? Object.values(gpu) : [gpu]) {
    if (resolveGpu(name) === undefined) {
      throw new InvalidConstraintError("gpu", "a GPU of the catalogue such as L4", JSON.stringify(name));
    }
  }
  for (const name of COUNTS) {
    const count = constraints[name];
    if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
      throw new InvalidConstraintError(name, "a whole number from 1", String(count));
    }
  }
  for (const name of AMOUNTS) {
    const amount = constraints[name];
    if (amount !== undefined && !(amount >= 0)) {
      throw new InvalidConstraintError(name, "a number from 0", String(amount));
    }
  }
}
