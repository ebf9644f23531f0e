import { largestOf } from "../sum-of.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { dollars, rate } from "./format.ts";
import type { Plan } from "./plan.ts";
import { because, type RejectionReason } from "./rejection.ts";

/** Reasons against a plan that fits: those that depend on how many machines it takes, and on how fast they are. */
export function planReasons(plan: Plan, constraints: OfferingConstraints): RejectionReason[] {
  const reasons: RejectionReason[] = [];
  const { maxPriceMicroDollarsPerHour, minTokensPerSecond, maxTimeToFirstTokenMs } = constraints;
  const { available } = plan.offering;
  if (available === undefined ? constraints.maxAvailable === true : available < plan.nodeCount) {
    reasons.push(
      because("AVAILABILITY", `the ${plan.nodeCount} that the plan takes to be had now`, available),
    );
  }
  const price = plan.priceMicroDollarsPerHour;
  if (maxPriceMicroDollarsPerHour !== undefined && price > maxPriceMicroDollarsPerHour) {
    const found = `${dollars(price)}/h for ${plan.nodeCount}`;
    reasons.push(because("PRICE", `at most ${dollars(maxPriceMicroDollarsPerHour)}/h`, found));
  }
  if (minTokensPerSecond !== undefined) {
    const slowest = plan.speeds && Math.min(...plan.speeds.map((speed) => speed.tokensPerSecond));
    if (!(Number(slowest) >= minTokensPerSecond * (1 - 1e-9))) {
      const found = slowest === undefined ? undefined : `${rate(slowest)} at most`;
      reasons.push(because("TOKENS_PER_SECOND", `${minTokensPerSecond} tokens/s of every model`, found));
    }
  }
  if (maxTimeToFirstTokenMs !== undefined) {
    const longest = plan.speeds && largestOf(plan.speeds, (speed) => speed.timeToFirstTokenMs);
    if (!(Number(longest) <= maxTimeToFirstTokenMs)) {
      const found = longest === undefined ? undefined : `${rate(longest)} ms at the least`;
      reasons.push(
        because("TIME_TO_FIRST_TOKEN", `the first token within ${maxTimeToFirstTokenMs} ms`, found),
      );
    }
  }
  return reasons;
}
