import type { Packed, PackSpace } from "./pack-models.ts";
import type { Bound } from "./roofline.ts";

/** How fast one model of a plan can be at the most. */
export interface ModelSpeed {
  readonly id: string;
  /** Of all its sequences together, with every model busy. */
  readonly tokensPerSecond: number;
  readonly tokensPerSecondPerSequence: number;
  /** For a prompt of `promptTokens` on an idle machine. */
  readonly timeToFirstTokenMs: number;
  readonly promptTokens: number;
  /** What takes most of a decoding step. */
  readonly bound: Bound;
}

/** How a workload lies on machines of one kind. */
export interface Layout extends Packed {
  readonly replicas: number;
  readonly space: PackSpace;
  /** Absent where the catalogue does not know the devices. */
  readonly speeds: readonly ModelSpeed[] | undefined;
}

/** Tokens per second of all models together. */
export function totalTokensPerSecond(layout: Layout): number | undefined {
  return layout.speeds?.reduce((sum, { tokensPerSecond }) => sum + tokensPerSecond, 0);
}
