import type { Cloud } from "../api/wire.ts";
import { RunpodOfferingUnknownError } from "../errors/runpod-offering-unknown-error.ts";

/** Which machine an offering is. */
export interface RunpodMachine {
  readonly gpuId: string;
  readonly gpuCount: number;
  readonly cloud: Cloud;
  /** Absent where RunPod chooses. */
  readonly dataCenterId?: string | undefined;
}

const PATTERN = /^([1-9]\d*)x (.+) (SECURE|COMMUNITY)(?: (\S+))?$/;

/** `2x NVIDIA L4 SECURE EU-RO-1`, or without the data centre. */
export function formatOfferingId({ gpuId, gpuCount, cloud, dataCenterId }: RunpodMachine): string {
  return [`${gpuCount}x`, gpuId, cloud, dataCenterId].filter((part) => part !== undefined).join(" ");
}

/** @throws RunpodOfferingUnknownError for ids that {@link formatOfferingId} does not give. */
export function parseOfferingId(id: string): RunpodMachine {
  const [, gpuCount, gpuId, cloud, dataCenterId] = PATTERN.exec(id) ?? [];
  if (gpuId === undefined || (cloud !== "SECURE" && cloud !== "COMMUNITY")) {
    throw new RunpodOfferingUnknownError(id);
  }
  return { gpuId, gpuCount: Number(gpuCount), cloud, dataCenterId };
}
