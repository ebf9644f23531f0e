import type { Packed } from "./pack-models.ts";
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
export interface Layout extends Pick<Packed, "placed" | "machines"> {
  readonly replicas: number;
  /** What models and runtime may take of a device. */
  readonly budgetBytes: number;
  /** Absent where the catalogue does not know the devices. */
  readonly speeds: readonly ModelSpeed[] | undefined;
}

/** How a layout may look. */
export interface LayoutFreedom {
  /** Whether a model may span GPUs. */
  readonly spanning: boolean;
  /** Whether everything has to lie on one device. */
  readonly singleDevice: boolean;
}

/** What every model should reach. */
export interface SpeedGoals {
  readonly minTokensPerSecond?: number | undefined;
  readonly maxTimeToFirstTokenMs?: number | undefined;
}

/** What a layout should be beside that. */
export interface LayoutWishes extends SpeedGoals {
  /** Complete copies of the workload; absent, as many as the speed takes and fill the machines. */
  readonly replicas?: number | undefined;
  /** Machines to fill. */
  readonly machines?: number | undefined;
}
