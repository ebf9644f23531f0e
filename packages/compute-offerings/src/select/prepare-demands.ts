import { estimateVram } from "../estimate/estimate-vram.ts";
import { toModelShape } from "../model/to-model-shape.ts";
import { InvalidWorkloadError } from "./invalid-workload-error.ts";
import type { Demand, OfferingWorkload, PlannedModel } from "./workload.ts";

/** All that is derived of a workload's models once; throws for a workload that can run nowhere. */
export function prepareDemands({ models, replicas }: OfferingWorkload): readonly Demand[] {
  if (models.length === 0) throw new InvalidWorkloadError("at least one model", "none");
  if (replicas !== undefined && !(Number.isSafeInteger(replicas) && replicas > 0)) {
    throw new InvalidWorkloadError("replicas to be a whole number from 1", String(replicas));
  }
  const ids = models.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new InvalidWorkloadError("models of different ids", `${twice} twice`);
  return models.map(prepareDemand);
}

function prepareDemand(model: PlannedModel): Demand {
  const { id, maxModelLen = 1024, maxModelConcurrency = 1, kvDtype } = model;
  const { promptTokens = Math.ceil(maxModelLen / 2) } = model;
  const shape = toModelShape(model.config, model);
  // Refuses lengths that the model does not have, and formats that nobody knows.
  estimateVram(shape, { maxModelLen, maxModelConcurrency, kvDtype });
  return { id, maxModelLen, maxModelConcurrency, promptTokens, kvDtype, shape };
}
