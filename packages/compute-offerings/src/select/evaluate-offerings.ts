import type { ComputeOffering, RuntimePlanningProfile } from "@conduit/types";
import { type Consideration, considerOffering } from "./consider-offering.ts";
import type { Objective, OfferingConstraints } from "./constraints.ts";
import { Plan } from "./plan.ts";
import { Planner } from "./planner.ts";
import { rankPlans } from "./rank-plans.ts";
import type { Rejection } from "./rejection.ts";
import type { Demand } from "./workload.ts";

/** A workload and what is asked of it, checked. */
export interface Question {
  readonly demands: readonly Demand[];
  readonly runtime: RuntimePlanningProfile;
  readonly replicas: number | undefined;
  readonly constraints: OfferingConstraints;
  readonly objective: Objective;
}

/** Every offering's plan or rejection. */
export interface Answer {
  readonly plans: readonly Plan[];
  readonly rejected: readonly Rejection[];
}

/** Considers every offering; the plans are ranked. */
export function evaluateOfferings(question: Question, offerings: readonly ComputeOffering[]): Answer {
  const consideration = considerationOf(question);
  const plans: Plan[] = [];
  const rejected: Rejection[] = [];
  for (const offering of offerings) {
    const outcome = considerOffering(offering, consideration);
    if (outcome instanceof Plan) plans.push(outcome);
    else rejected.push(outcome);
  }
  return { plans: rankPlans(plans, question.objective), rejected };
}

/** What offerings are held against to answer a question. */
export function considerationOf({ demands, runtime, replicas, constraints }: Question): Consideration {
  const planner = new Planner(demands, runtime, { ...constraints, replicas });
  return { planner, constraints, fits: new Map() };
}
