import { ConduitError } from "@conduit/types";
import type { Rejection, RejectionCode } from "./rejection.ts";

/** Reasons that a message shows. */
const SHOWN = 3;

/** No offering meets the constraints; those that come closest are named. */
export class NoOfferingError extends ConduitError {
  static readonly code = "NO_OFFERING";
  readonly code = "NO_OFFERING";
  declare readonly rejected: readonly Rejection[];
  /** How many offerings each reason holds for. */
  declare readonly counts: Readonly<Partial<Record<RejectionCode, number>>>;

  constructor(rejected: readonly Rejection[]) {
    const counts = countsOf(rejected);
    super(messageOf(rejected, counts));
    this.rejected = rejected;
    this.counts = counts;
  }
}

function countsOf(rejected: readonly Rejection[]): Partial<Record<RejectionCode, number>> {
  const counts: Partial<Record<RejectionCode, number>> = {};
  for (const { reasons } of rejected) {
    for (const code of new Set(reasons.map((reason) => reason.code))) counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function messageOf(rejected: readonly Rejection[], counts: Partial<Record<RejectionCode, number>>): string {
  if (rejected.length === 0)
    return "Expected offerings to choose from, found none: ask the provider for its list.";
  const tally = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
    .join(", ");
  const closest = rejected
    .toSorted((a, b) => a.reasons.length - b.reasons.length)
    .slice(0, SHOWN)
    .map(({ offering, reasons }) => `${offering.id}: ${reasons.map(({ message }) => message).join("; ")}`);
  return [
    `Expected an offering that meets the constraints, found none of ${rejected.length} (${tally}). Closest:`,
    ...closest,
  ].join("\n  ");
}
