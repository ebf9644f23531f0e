import type { ComputeOffering, GpuInterconnect } from "@conduit/types";
import { ARCHITECTURES } from "../runtimes/native-support.ts";
import { FLAG, type Kind, oneOf, shown, TEXT, wholeFrom } from "./kind.ts";

/** A fact without which nothing can be planned on an offering. */
export interface UnusableFact {
  readonly missing: string;
  /** What the offering states, which cannot be; absent where it states nothing. */
  readonly found?: string | undefined;
}

const INTERCONNECTS: readonly GpuInterconnect[] = ["NVLINK", "INFINITY_FABRIC", "PCIE"];
const NAME: Kind = { expected: "a name", is: (value) => typeof value === "string" && value !== "" };
const COUNT = wholeFrom(0);

/** What each fact has to be; the first have to be there. By hand, not by the schema, since lists of offerings are long. */
const KINDS = {
  priceMicroDollarsPerHour: COUNT,
  gpuCount: COUNT,
  id: NAME,
  provider: NAME,
  spot: FLAG,
  gpu: TEXT,
  gpuMemoryBytes: COUNT,
  architecture: oneOf(ARCHITECTURES),
  interconnect: oneOf(INTERCONNECTS),
  numaLocal: FLAG,
  cpuCount: wholeFrom(1),
  memoryBytes: COUNT,
  region: TEXT,
  available: COUNT,
  enterprise: FLAG,
  uptimePercent: {
    expected: "a number from 0 to 100",
    is: (value) => typeof value === "number" && value >= 0 && value <= 100,
  },
} satisfies Record<keyof ComputeOffering, Kind>;
const FACTS = Object.entries(KINDS) as readonly (readonly [keyof ComputeOffering, Kind])[];
const NEEDED = 5;

/** The first fact of an offering that cannot be, such as a price of NaN, which would be the cheapest. */
export function invalidFact(offering: ComputeOffering): UnusableFact | undefined {
  const wrong = FACTS.find(([fact, { is }], index) => {
    const value = offering[fact];
    return (index < NEEDED || value !== undefined) && !is(value);
  });
  if (wrong === undefined) return undefined;
  const [fact, { expected }] = wrong;
  return { missing: `${fact} to be ${expected}`, found: shown(offering[fact]) };
}
