import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { ARCHITECTURES } from "../runtimes/native-support.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { InvalidConstraintError } from "./invalid-constraint-error.ts";
import { AMOUNT, FLAG, type Kind, oneOf, shown, TEXT, wholeFrom } from "./kind.ts";
import { OBJECTIVES } from "./rank-plans.ts";

const GPU: Kind = {
  expected: "a GPU of the catalogue such as L4",
  is: (value) => resolveGpu(String(value)) !== undefined,
};

/** What each constraint, or each item of its list, has to be; from those on the machine to those on the deal. */
const KINDS: Readonly<Record<keyof OfferingConstraints, Kind>> = {
  singleDevice: FLAG,
  gpu: GPU,
  numGpus: wholeFrom(1),
  interconnect: FLAG,
  numaLocal: FLAG,
  architecture: oneOf(ARCHITECTURES),
  maxPriceMicroDollarsPerHour: AMOUNT,
  regions: TEXT,
  spot: FLAG,
  maxAvailable: FLAG,
  minAvailable: wholeFrom(1),
  minUptimePercent: AMOUNT,
  enterprise: FLAG,
  minTokensPerSecond: AMOUNT,
  maxTimeToFirstTokenMs: AMOUNT,
};

export const CONSTRAINTS = Object.keys(KINDS) as readonly (keyof OfferingConstraints)[];

/** Throws {@link InvalidConstraintError} for names that are none, and for values that no offering could ever meet, empty lists among them. */
export function checkConstraints(constraints: OfferingConstraints, objective: unknown): void {
  check("objective", oneOf(OBJECTIVES), objective);
  // A constraint that nobody knows would not hold, and the machine be rented all the same.
  for (const name of Object.keys(constraints)) check("name", oneOf(CONSTRAINTS), name);
  for (const name of CONSTRAINTS) {
    if (constraints[name] !== undefined) check(name, KINDS[name], constraints[name]);
  }
}

function check(constraint: string, { expected, is }: Kind, value: unknown): void {
  const items: readonly unknown[] = value instanceof Object ? Object.values(value) : [value];
  const wrong = items.find((item) => item !== undefined && !is(item));
  if (wrong === undefined && items.length > 0) return;
  throw new InvalidConstraintError(constraint, expected, shown(wrong) ?? "none");
}
