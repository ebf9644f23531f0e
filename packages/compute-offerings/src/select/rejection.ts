import type { ComputeOffering } from "@conduit/types";

/** Why an offering is turned down, by what it fails. */
export type RejectionCode =
  | "ENTERPRISE"
  | "GPU"
  | "ARCHITECTURE"
  | "REGION"
  | "SPOT"
  | "AVAILABILITY"
  | "UPTIME"
  | "PRICE"
  | "GPU_COUNT"
  | "FACTS"
  | "DTYPE"
  | "VRAM"
  | "SINGLE_DEVICE"
  | "INTERCONNECT"
  | "NUMA"
  | "TOKENS_PER_SECOND"
  | "TIME_TO_FIRST_TOKEN";

/** One reason, true of the offering by itself. */
export interface RejectionReason {
  readonly code: RejectionCode;
  /** Whether the offering states the fact; a constraint on a fact that is not stated rejects. */
  readonly stated: boolean;
  /** What was expected and what was found. */
  readonly message: string;
}

/** An offering that was turned down, with every reason that holds. */
export interface Rejection {
  readonly offering: ComputeOffering;
  readonly reasons: readonly [RejectionReason, ...RejectionReason[]];
}

/** A reason; `found` is absent where the offering does not state the fact. */
export function because(
  code: RejectionCode,
  expected: string,
  found: string | number | undefined,
): RejectionReason {
  const stated = found !== undefined;
  return { code, stated, message: `expected ${expected}, found ${stated ? found : "nothing stated"}` };
}
