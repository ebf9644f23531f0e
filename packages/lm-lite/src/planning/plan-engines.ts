import type {
  CallOptions,
  ComputeOffering,
  ComputeProvider,
  LmLiteModelConfig,
  WorkloadRequirements,
} from "@conduit/types";
import type { LMLiteDeployOptions } from "../deploy-options.ts";
import { chooseOfferings } from "./choose-offerings.ts";
import { modelRequirements } from "./model-requirements.ts";
import { readModelFacts } from "./read-model-facts.ts";

/** What is decided before anything is deployed. */
export interface EnginePlan {
  /** Absent where the provider chooses. */
  readonly offerings?: readonly ComputeOffering[] | undefined;
  readonly requirements?: WorkloadRequirements | undefined;
}

/** How engines with these models are to be deployed: what they take, and on which machines, the first choice first. */
export async function planEngines(
  configs: readonly LmLiteModelConfig[],
  options: Pick<LMLiteDeployOptions, "provider" | "offerings" | "constraints" | "objective" | "onProgress">,
  { signal }: CallOptions,
): Promise<EnginePlan> {
  const { provider, offerings, constraints, objective, onProgress } = options;
  const isChoice = constraints !== undefined || objective !== undefined;
  if (!isChoice && isOneMachine(provider)) return { offerings };
  const facts = await readModelFacts(configs, { signal });
  const requirements = modelRequirements(facts);
  if (!isChoice && offerings !== undefined) return { offerings, requirements };
  const offered = offerings ?? (await provider.listOfferings({ requirements, signal }));
  return {
    requirements,
    offerings: chooseOfferings({ facts, offerings: offered, constraints, objective, onProgress }),
  };
}

/** Processes share this machine, and with it what its user has: there is nothing to choose, and nobody whom sizes would help. */
function isOneMachine({ capabilities }: ComputeProvider): boolean {
  return capabilities.deploymentType === "PROCESS";
}
