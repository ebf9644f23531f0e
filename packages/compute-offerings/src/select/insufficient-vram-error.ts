import { type ComputeOffering, ConduitError } from "@conduit/types";
import { largestOf } from "../sum-of.ts";
import { machinesOf } from "./explain-plan.ts";
import { gib, list } from "./format.ts";
import type { ModelShortage } from "./model-shortage.ts";
import type { WayOut } from "./way-out.ts";

/** Memory that is short on the offering that comes closest. */
export interface VramShortage {
  readonly offering: ComputeOffering;
  /** Models and runtime. */
  readonly requiredBytes: number;
  readonly weightsBytes: number;
  readonly kvCacheBytes: number;
  /** Of the devices over which the models divide. */
  readonly availableBytes: number;
  readonly models: readonly ModelShortage[];
}

/** Offerings meet the constraints, and none holds the workload. */
export class InsufficientVramError extends ConduitError {
  static readonly code = "INSUFFICIENT_VRAM";
  readonly code = "INSUFFICIENT_VRAM";
  /** The offering that comes closest. */
  declare readonly offering: ComputeOffering;
  declare readonly requiredBytes: number;
  declare readonly weightsBytes: number;
  declare readonly kvCacheBytes: number;
  declare readonly availableBytes: number;
  /** Available less required: negative. */
  declare readonly headroomBytes: number;
  declare readonly models: readonly ModelShortage[];
  /** Changes with which it would fit, each of them tried. */
  declare readonly waysOut: readonly WayOut[];

  constructor(shortage: VramShortage, waysOut: readonly WayOut[]) {
    super(messageOf(shortage, waysOut));
    Object.assign(this, shortage);
    this.headroomBytes = shortage.availableBytes - shortage.requiredBytes;
    this.waysOut = waysOut;
  }
}

function messageOf(shortage: VramShortage, waysOut: readonly WayOut[]): string {
  const { offering, requiredBytes, weightsBytes, kvCacheBytes, availableBytes, models } = shortage;
  const names = list(
    models.map(({ id }) => id),
    "and",
  );
  const devices = largestOf(models, ({ tensorParallel }) => tensorParallel);
  const machine = machinesOf(offering, 1);
  const where = devices < offering.gpuCount ? `${devices} of the GPUs of ${machine}` : machine;
  const parts = `weights ${gib(weightsBytes)}, KV cache ${gib(kvCacheBytes)}`;
  const missing = gib(requiredBytes - availableBytes);
  return [
    `Expected ${gib(requiredBytes)} for ${names} (${parts}), found ${gib(availableBytes)} on ${where}, the closest: ${missing} are missing.`,
    ...(waysOut.length === 0
      ? ["No shorter context, smaller concurrency, other format or GPU does."]
      : waysOut.map(({ message }) => message)),
  ].join("\n  ");
}
