import {
  InsufficientVramError,
  NoOfferingError,
  type Objective,
  type OfferingConstraints,
  type Plan,
  type Rejection,
  type Selection,
  selectOffering,
} from "@conduit/compute-offerings";
import type { ComputeOffering } from "@conduit/types";
import { UnknownModelSizeError } from "../errors/unknown-model-size-error.ts";
import { ENGINE_CONSTRAINTS } from "./engine-constraints.ts";
import type { ModelFacts } from "./model-facts.ts";
import { plannedModels } from "./model-requirements.ts";
import { plannedRuntime } from "./planned-runtime.ts";

/** What to choose among, for what. */
export interface OfferingChoice {
  readonly facts: readonly ModelFacts[];
  readonly offerings: readonly ComputeOffering[];
  readonly constraints?: OfferingConstraints | undefined;
  readonly objective?: Objective | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * The machines that hold an engine with all models, the first choice first: by the objective, or in the provider's order where they cost nothing.
 *
 * @throws UnknownModelSizeError, InsufficientVramError, NoOfferingError, InvalidConstraintError
 */
export function chooseOfferings(choice: OfferingChoice): readonly ComputeOffering[] {
  const { facts, offerings, constraints, objective, onProgress } = choice;
  const isFree = offerings.every(({ priceMicroDollarsPerHour }) => priceMicroDollarsPerHour === 0);
  const isFreely = constraints === undefined && objective === undefined;
  if (isFreely && offerings.length < 2) return offerings;
  const unknown = facts.find(({ planned }) => planned === undefined);
  if (unknown !== undefined) {
    // Nothing is lost by a machine that turns out to be too small, where it costs nothing.
    if (isFreely && isFree) return offerings.slice(0, 1);
    throw new UnknownModelSizeError(unknown.id, unknown.failure);
  }
  const selection = isFree ? select(choice, offerings.map(withoutAvailability)) : selectAvailable(choice);
  const plans = plansOfOneMachine(selection);
  const chosen = isFree && objective === undefined ? ownFirst(plans, offerings) : plans;
  onProgress?.(describe(chosen, selection));
  const ids = chosen.map(({ offering }) => offering.id);
  return ids.flatMap((id) => offerings.filter((offering) => offering.id === id));
}

/**
 * Among what can be had; where nothing can, among all: whoever attaches to engines that run needs no other machine, and whoever does
 * need one learns from the provider, machine by machine, why there is none.
 */
function selectAvailable(choice: OfferingChoice): Selection {
  try {
    return select(choice, choice.offerings);
  } catch (error) {
    const hasBusy = choice.offerings.some(({ available }) => available === 0);
    if (!hasBusy || !(NoOfferingError.isInstance(error) || InsufficientVramError.isInstance(error)))
      throw error;
    try {
      return select(choice, choice.offerings.map(withoutAvailability));
    } catch {
      throw error;
    }
  }
}

function select(
  { facts, constraints, objective }: OfferingChoice,
  offerings: readonly ComputeOffering[],
): Selection {
  const models = plannedModels(facts);
  return selectOffering({
    workload: { models, runtime: plannedRuntime(models), replicas: 1 },
    offerings,
    constraints: { ...ENGINE_CONSTRAINTS, ...constraints },
    objective,
  });
}

/** What is free on a machine of one's own, its provider says when a node is created, with numbers: it is no reason to take another. */
function withoutAvailability({ available: _, ...offering }: ComputeOffering): ComputeOffering {
  return offering;
}

/** An engine lies on one machine. */
function plansOfOneMachine({ plan, alternatives, rejected }: Selection): readonly Plan[] {
  const plans = [plan, ...alternatives];
  const whole = plans.filter(({ nodeCount }) => nodeCount === 1);
  if (whole.length > 0) return whole;
  throw new NoOfferingError([...plans.map(spread), ...rejected]);
}

function spread({ offering, nodeCount }: Plan): Rejection {
  const message = `expected one machine for an engine, found ${nodeCount} that the plan takes`;
  return { offering, reasons: [{ code: "GPU_COUNT", stated: true, message }] };
}

/** In the provider's order; without GPUs only where none of them would do. */
function ownFirst(plans: readonly Plan[], offerings: readonly ComputeOffering[]): readonly Plan[] {
  const ids = offerings.map(({ id }) => id);
  const withGpus = plans.filter(({ offering }) => offering.gpuCount > 0);
  return (withGpus.length > 0 ? withGpus : plans).toSorted(
    (a, b) => ids.indexOf(a.offering.id) - ids.indexOf(b.offering.id),
  );
}

function describe([first, ...others]: readonly Plan[], { rejected }: Selection): string {
  if (first === undefined) return "no machine is chosen";
  const { id, priceMicroDollarsPerHour } = first.offering;
  const models = first.models.map((model) => model.id).join(", ");
  return (
    `chose ${id} at $${priceMicroDollarsPerHour / 1e6} an hour for ${models}; ` +
    `${others.length} others would do, ${rejected.length} would not`
  );
}
