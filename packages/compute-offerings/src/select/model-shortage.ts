import type { Machine } from "./machine.ts";
import type { Planner } from "./planner.ts";

/** What one model asks of the machine that comes closest. */
export interface ModelShortage {
  readonly id: string;
  /** GPUs over which it divides there. */
  readonly tensorParallel: number;
  /** Over all of them. */
  readonly requiredBytes: number;
  readonly weightsBytes: number;
  readonly kvCacheBytes: number;
  /** Whether it would fit if it had the machine for itself. */
  readonly fitsAlone: boolean;
}

/** What a model asks of a machine that it has for itself, divided as far as it goes; of one device where it may not divide. */
export function shortageOf(
  model: number,
  machine: Machine,
  planner: Planner,
  spanning: boolean,
): ModelShortage {
  const degree = planner.degrees(model, machine, spanning).at(-1) ?? 1;
  const estimate = planner.estimate(model, degree, machine, 1);
  return {
    id: planner.demand(model).id,
    tensorParallel: degree,
    requiredBytes: degree * estimate.totalBytes,
    weightsBytes: degree * estimate.weightsBytes,
    kvCacheBytes: degree * estimate.kvCacheBytes,
    fitsAlone: estimate.totalBytes <= planner.budgetBytes(machine),
  };
}
