import type { Objective } from "./constraints.ts";
import type { Plan } from "./plan.ts";

/** What a plan is worth under an objective; less is better. Unknown speeds come last. */
function scoreOf(plan: Plan, objective: Objective): number {
  switch (objective) {
    case "cheapest":
      return plan.priceMicroDollarsPerHour;
    case "cheapest-per-vram":
      return plan.priceMicroDollarsPerHour / plan.usableMemoryBytes;
    case "cheapest-per-token":
      return plan.microDollarsPerMillionTokens ?? Number.POSITIVE_INFINITY;
    case "fastest":
      return -(plan.tokensPerSecond ?? 0);
  }
}

/** Plans from the best on: by the objective, then the price, then speed, then the offering's id, so that the order is always the same. */
export function rankPlans(plans: readonly Plan[], objective: Objective): readonly Plan[] {
  return plans
    .map((plan) => ({ plan, score: scoreOf(plan, objective), speed: plan.tokensPerSecond ?? 0 }))
    .sort(
      (a, b) =>
        a.score - b.score ||
        a.plan.priceMicroDollarsPerHour - b.plan.priceMicroDollarsPerHour ||
        b.speed - a.speed ||
        Number(a.plan.offering.id > b.plan.offering.id) - Number(a.plan.offering.id < b.plan.offering.id),
    )
    .map(({ plan }) => plan);
}
