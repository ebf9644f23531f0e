import type { ModelSpeed } from "./layout.ts";
import type { Machine } from "./machine.ts";
import type { ModelEstimates } from "./model-estimates.ts";
import type { PackItem, Placed } from "./pack-models.ts";
import { decodeStep, promptStep, type StepTime } from "./roofline.ts";

/**
 * Speeds of all models while all are busy: the sequences of `replicas` divide evenly among `copies`, models that share a device take
 * turns with one step each, and a copy waits for the slowest of its devices.
 */
export function modelSpeeds(
  models: ModelEstimates,
  machine: Machine,
  placed: readonly Placed[],
  replicas: number,
  copies: number,
): readonly ModelSpeed[] | undefined {
  const sequences = models.demands.map(
    ({ maxModelConcurrency }) => (maxModelConcurrency * replicas) / copies,
  );
  const steps = new Map<PackItem, StepTime>();
  for (const item of new Set(placed.map((place) => place.item))) {
    const demand = models.demands[item.model];
    if (demand === undefined) return undefined;
    const estimate = models.estimate(item.model, item.degree, machine, 1);
    const step = decodeStep(demand, estimate, machine, item.degree, sequences[item.model] ?? 0);
    if (step === undefined) return undefined;
    steps.set(item, step);
  }
  const rounds = new Map<number, number>();
  for (const place of placed) {
    for (const key of devicesOf(place, machine)) {
      rounds.set(key, (rounds.get(key) ?? 0) + (steps.get(place.item)?.seconds ?? 0));
    }
  }
  return models.demands.map((demand, model) => {
    const own = placed.filter(({ item }) => item.model === model);
    const items = [...new Set(own.map(({ item }) => item))];
    const perSequence = own.map(
      (place) => 1 / Math.max(...devicesOf(place, machine).map((key) => rounds.get(key) ?? 0)),
    );
    const each = sequences[model] ?? 0;
    return {
      id: demand.id,
      tokensPerSecond: perSequence.reduce((sum, rate) => sum + rate * each, 0),
      tokensPerSecondPerSequence: Math.min(...perSequence),
      timeToFirstTokenMs: Math.max(
        ...items.map(({ degree }) => 1000 * (promptStep(demand, machine, degree)?.seconds ?? 0)),
      ),
      promptTokens: Math.min(demand.promptTokens, demand.maxModelLen),
      bound: items.map((item) => steps.get(item)?.bound)[0] ?? "bandwidth",
    };
  });
}

function devicesOf({ machine, devices }: Placed, { deviceCount }: Machine): readonly number[] {
  return devices.map((device) => machine * deviceCount + device);
}
