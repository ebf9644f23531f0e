import type { Objective } from "./constraints.ts";
import type { Plan } from "./plan.ts";

/** What a plan is worth under each objective; less is better. Unknown speeds come last. */
const SCORES: Readonly<Record<Objective, (plan: Plan) => number>> = {
  cheapest: (plan) => plan.priceMicroDollarsPerHour,
  "cheapest-per-vram": (plan) => plan.priceMicroDollarsPerHour / plan.usableMemoryBytes,
  "cheapest-per-token": (plan) => plan.microDollarsPerMillionTokens ?? Infinity,
  fastest: (plan) => -(plan.tokensPerSecond ?? 0),
};

export const OBJECTIVES: readonly string[] = Object.keys(SCORES);

/** Plans from the best on: by the objective, then the price, then speed, then the offering's id, so that the order is always the same. */
export function rankPlans(plans: readonly Plan[], objective: Objective): readonly Plan[] {
  return plans
    .map((plan) => ({ plan, score: SCORES[objective](plan), speed: plan.tokensPerSecond ?? 0 }))
    .sort(
      (a, b) =>
        a.score - b.score ||
        a.plan.priceMicroDollarsPerHour - b.plan.priceMicroDollarsPerHour ||
        b.speed - a.speed ||
        Number(a.plan.offering.id > b.plan.offering.id) - Number(a.plan.offering.id < b.plan.offering.id),
    )
    .map(({ plan }) => plan);
}
