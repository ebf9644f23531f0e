import type { OfferingConstraints } from "./constraints.ts";
import type { Plan } from "./plan.ts";

/** A change with which a workload that fits nowhere would fit. */
export interface WayOut {
  readonly kind: "context" | "concurrency" | "kv-dtype" | "quantization" | "constraint" | "gpu-count" | "gpu";
  /** For people, such as `with maxModelLen 8192 it fits 1 x L4 at $0.39/h`. */
  readonly message: string;
  readonly maxModelLen?: number;
  readonly maxModelConcurrency?: number;
  readonly kvDtype?: string;
  readonly quantization?: string;
  /** The constraint to lift. */
  readonly constraint?: keyof OfferingConstraints;
  /** The best plan after the change; absent for a GPU that nobody offers. */
  readonly plan?: Plan;
}
