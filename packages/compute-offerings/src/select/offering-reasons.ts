import type { ComputeOffering } from "@conduit/types";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { list } from "./format.ts";
import type { Machine } from "./machine.ts";
import { because, type RejectionReason } from "./rejection.ts";

/** Reasons against an offering that need no plan. */
export function offeringReasons(
  offering: ComputeOffering,
  machine: Machine | undefined,
  constraints: OfferingConstraints,
): RejectionReason[] {
  const reasons: RejectionReason[] = [];
  const { architecture, regions, spot, minAvailable, minUptimePercent, numGpus } = constraints;
  if (constraints.enterprise === true) {
    if (offering.enterprise !== true) {
      const found = offering.enterprise === undefined ? undefined : "one that is not";
      reasons.push(because("ENTERPRISE", "a data centre for enterprises", found));
    } else if (machine?.gpu?.grade === "CONSUMER") {
      reasons.push(because("ENTERPRISE", "no consumer card", offering.gpu));
    }
  }
  const gpu = chosenGpu(constraints, offering);
  if (gpu !== undefined && machine?.gpu?.name !== gpu) {
    reasons.push(because("GPU", gpu, offering.gpuCount === 0 ? "no GPU" : offering.gpu));
  }
  if (architecture !== undefined) {
    const wanted = [architecture].flat();
    const found = machine?.architecture ?? offering.architecture;
    if (found === undefined || !wanted.includes(found)) {
      reasons.push(because("ARCHITECTURE", list(wanted), offering.gpuCount === 0 ? "no GPU" : found));
    }
  }
  if (regions?.includes(offering.region ?? "") === false) {
    reasons.push(because("REGION", `the region ${list(regions)}`, offering.region));
  }
  if (spot !== undefined && offering.spot !== spot) {
    const name = (isSpot: boolean) => (isSpot ? "a spot machine" : "an on-demand machine");
    reasons.push(because("SPOT", name(spot), name(offering.spot)));
  }
  if (minAvailable !== undefined && !(Number(offering.available) >= minAvailable)) {
    reasons.push(because("AVAILABILITY", `at least ${minAvailable} to be had now`, offering.available));
  }
  if (minUptimePercent !== undefined && !(Number(offering.uptimePercent) >= minUptimePercent)) {
    const found = offering.uptimePercent === undefined ? undefined : `${offering.uptimePercent} %`;
    reasons.push(because("UPTIME", `an uptime of at least ${minUptimePercent} %`, found));
  }
  if (numGpus !== undefined && (offering.gpuCount === 0 || numGpus % offering.gpuCount !== 0)) {
    reasons.push(
      because("GPU_COUNT", `machines that add up to ${numGpus} GPUs`, `${offering.gpuCount} on each`),
    );
  }
  return reasons;
}

/** The GPU that the constraints name for this offering's provider. */
function chosenGpu({ gpu }: OfferingConstraints, { provider }: ComputeOffering): string | undefined {
  const name = typeof gpu === "object" ? gpu[provider] : gpu;
  return name && resolveGpu(name);
}
