import type { ComputeOffering } from "@conduit/types";
import { shown, wholeFrom } from "./kind.ts";

/** A fact without which nothing can be planned on an offering. */
export interface UnusableFact {
  readonly missing: string;
  /** What the offering states, which cannot be; absent where it states nothing. */
  readonly found?: string | undefined;
}

/** Facts that plans are computed from; the first two have to be there. By hand, not by the schema, since lists of offerings are long. */
const FACTS = ["gpuCount", "priceMicroDollarsPerHour", "gpuMemoryBytes", "memoryBytes", "available"] as const;
const { expected, is } = wholeFrom(0);

/** The first fact of an offering that cannot be, such as a price of NaN, which would be the cheapest. */
export function invalidFact(offering: ComputeOffering): UnusableFact | undefined {
  const wrong = FACTS.find(
    (fact, index) => (index < 2 || offering[fact] !== undefined) && !is(offering[fact]),
  );
  return wrong && { missing: `${wrong} to be ${expected}`, found: shown(offering[wrong]) };
}
