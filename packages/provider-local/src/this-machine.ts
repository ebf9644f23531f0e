import { availableParallelism, totalmem } from "node:os";
import type { ComputeOffering } from "@conduit/types";

/** This machine as an offering: it costs nothing more than it does anyway. */
export function thisMachine(): ComputeOffering {
  return {
    id: "this-machine",
    provider: "LOCAL",
    gpuCount: 0,
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    priceMicroDollarsPerHour: 0,
    spot: false,
  };
}
