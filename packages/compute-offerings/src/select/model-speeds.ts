import { largestOf, sumOf } from "../sum-of.ts";
import type { ModelSpeed } from "./layout.ts";
import type { Machine } from "./machine.ts";
import type { ModelEstimates } from "./model-estimates.ts";
import type { Packed } from "./pack-models.ts";
import { promptStep } from "./roofline.ts";

/**
 * Speeds of all models while all are busy: the sequences of `replicas` divide evenly among `copies`, models that share a device take
 * turns with one step each, and a copy waits for the slowest of its devices. Unknown where the catalogue does not know the devices.
 */
export function modelSpeeds(
  { demands }: ModelEstimates,
  machine: Machine,
  { placed, machines }: Packed,
  replicas: number,
  copies: number,
): readonly ModelSpeed[] | undefined {
  if (machine.gpu === undefined) return undefined;
  return demands.map((demand, model) => {
    const own = placed.filter(({ item }) => item.model === model);
    const perSequence = own.map(
      (place) => 1 / largestOf(place.devices, (device) => machines[place.machine]?.[device]?.seconds ?? 0),
    );
    const each = (demand.maxModelConcurrency * replicas) / copies;
    const { degree = 1, bound = "bandwidth" } = own[0]?.item ?? {};
    return {
      id: demand.id,
      tokensPerSecond: sumOf(perSequence, (rate) => rate * each),
      tokensPerSecondPerSequence: Math.min(...perSequence),
      timeToFirstTokenMs: 1000 * (promptStep(demand, machine, degree)?.seconds ?? 0),
      promptTokens: Math.min(demand.promptTokens, demand.maxModelLen),
      bound,
    };
  });
}
