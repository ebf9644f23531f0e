import type { ComputeOffering } from "@conduit/types";
import { LM_LITE_PROFILE } from "../runtimes/lm-lite-profile.ts";
import { checkConstraints } from "./check-constraints.ts";
import type { Objective, OfferingConstraints } from "./constraints.ts";
import { evaluateOfferings, type Question } from "./evaluate-offerings.ts";
import { insufficientVram } from "./insufficient-vram.ts";
import { NoOfferingError } from "./no-offering-error.ts";
import type { Plan } from "./plan.ts";
import { prepareDemands } from "./prepare-demands.ts";
import type { Rejection } from "./rejection.ts";
import type { OfferingWorkload } from "./workload.ts";

/** What to choose, from what, and for what. */
export interface SelectOfferingOptions {
  readonly workload: OfferingWorkload;
  readonly offerings: readonly ComputeOffering[];
  readonly constraints?: OfferingConstraints | undefined;
  /** Default `cheapest`. */
  readonly objective?: Objective | undefined;
}

/** The choice, what else would do, and why the rest would not. */
export interface Selection {
  readonly plan: Plan;
  /** The best plan of every other offering that fits, ranked. */
  readonly alternatives: readonly Plan[];
  readonly rejected: readonly Rejection[];
}

/**
 * Chooses the offering on which the workload runs best: of each offering the plan with the fewest machines that hold it, of those the
 * best by the objective (`cheapest`: machines times price).
 *
 * @throws InsufficientVramError, with ways out, where offerings meet the constraints and none holds the workload; NoOfferingError
 * where none meets the constraints; InvalidConstraintError, InvalidWorkloadError and the errors of `estimateVram` for what could run nowhere.
 */
export function selectOffering(options: SelectOfferingOptions): Selection {
  const { workload, offerings, constraints = {}, objective = "cheapest" } = options;
  checkConstraints(constraints, objective);
  const question: Question = {
    demands: prepareDemands(workload),
    runtime: workload.runtime ?? LM_LITE_PROFILE,
    replicas: workload.replicas,
    constraints,
    objective,
  };
  const { plans, rejected } = evaluateOfferings(question, offerings);
  const [plan, ...alternatives] = plans;
  if (plan !== undefined) return { plan, alternatives, rejected };
  throw insufficientVram(question, offerings, rejected) ?? new NoOfferingError(rejected);
}
