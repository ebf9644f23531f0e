import { InsufficientVramError, type PlannedModel, selectOffering } from "@conduit/compute-offerings";
import { type ComputeOffering, ConduitError, type WorkloadRequirements } from "@conduit/types";
import { LM_LITE } from "../runtime-profile.ts";
import { ENGINE_CONSTRAINTS } from "./engine-constraints.ts";
import type { ModelFacts } from "./model-facts.ts";
import { plannedRuntime } from "./planned-runtime.ts";

/** What an engine that serves the models takes of its machine, as far as it is known. */
export function modelRequirements(facts: readonly ModelFacts[]): WorkloadRequirements {
  const models = plannedModels(facts);
  const isKnown = models.length === facts.length;
  const downloads = facts.flatMap(({ id, downloadBytes: bytes }) =>
    bytes === undefined ? [] : [{ id, bytes }],
  );
  const vramBytesByOffering = new Map<string, number | undefined>();
  return {
    minimumCudaVersion: LM_LITE.minimumCudaVersion,
    ...(downloads.length === facts.length && { downloads: downloads.filter(({ bytes }) => bytes > 0) }),
    ...(isKnown && {
      vramBytes(offering) {
        if (!vramBytesByOffering.has(offering.id)) {
          vramBytesByOffering.set(offering.id, vramBytesOn(offering, models));
        }
        return vramBytesByOffering.get(offering.id);
      },
    }),
  };
}

/** The models that are known. */
export function plannedModels(facts: readonly ModelFacts[]): readonly PlannedModel[] {
  return facts.flatMap(({ planned }) => (planned === undefined ? [] : [planned]));
}

/** What the fullest GPU of a machine has to hold; more than it has, where the models do not fit. */
function vramBytesOn(
  { available: _, ...offering }: ComputeOffering,
  models: readonly PlannedModel[],
): number | undefined {
  if (offering.gpuCount === 0) return undefined;
  try {
    const { plan } = selectOffering({
      workload: { models, runtime: plannedRuntime(models), replicas: 1 },
      offerings: [offering],
      constraints: ENGINE_CONSTRAINTS,
    });
    return Math.max(...plan.gpus.map(({ usedBytes }) => usedBytes));
  } catch (error) {
    if (InsufficientVramError.isInstance(error)) return error.requiredBytes;
    // A GPU of which too little is known, or one that the models do not run on, whatever is free.
    if (ConduitError.isInstance(error)) return undefined;
    throw error;
  }
}
