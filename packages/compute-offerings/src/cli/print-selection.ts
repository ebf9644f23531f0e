import type { Plan, Rejection, Selection } from "@conduit/compute-offerings";
import { machinesOf } from "../select/explain-plan.ts";
import { dollars, gib, rate, roundedDollars, table } from "../select/format.ts";

/** Alternatives that are shown; `--json` has all. */
const SHOWN = 10;

/** A selection as tables for people: the plan, what else would do, and why the rest would not. */
export function printSelection({ plan, alternatives, rejected }: Selection): string {
  const parts = [plan.explain()];
  if (alternatives.length > 0) parts.push(`Alternatives\n\n${plansTable(alternatives)}`);
  if (rejected.length > 0) parts.push(`Turned down\n\n${rejectionsTable(rejected)}`);
  return `${parts.join("\n\n")}\n`;
}

function plansTable(plans: readonly Plan[]): string {
  const rows = plans
    .slice(0, SHOWN)
    .map((plan, index) => [
      String(index + 2),
      machinesOf(plan.offering, plan.nodeCount),
      `${dollars(plan.priceMicroDollarsPerHour)}/h`,
      plan.microDollarsPerMillionTokens === undefined
        ? ""
        : roundedDollars(plan.microDollarsPerMillionTokens),
      plan.tokensPerSecond === undefined ? "" : rate(plan.tokensPerSecond),
      gib(plan.headroomBytes),
      plan.offering.id,
    ]);
  const head = ["", "machines", "price", "per M tokens", "tokens/s", "free", "offering"];
  const more = plans.length > SHOWN ? `\n... and ${plans.length - SHOWN} more` : "";
  return `${table(head, rows)}${more}`;
}

/** Offerings that are turned down for the same reasons share a row. */
function rejectionsTable(rejected: readonly Rejection[]): string {
  const rows = new Map<string, readonly [machine: string, why: string, offerings: string[]]>();
  for (const { offering, reasons } of rejected) {
    const machine = machinesOf(offering, 1);
    const why = reasons.map(({ message }) => message).join("; ");
    const row = rows.get(`${machine} ${why}`) ?? [machine, why, []];
    row[2].push(offering.id);
    rows.set(`${machine} ${why}`, row);
  }
  return table(
    ["machine", "why", "offering"],
    [...rows.values()].map(([machine, why, ids]) => [
      machine,
      why,
      ids.length === 1 ? (ids[0] ?? "") : `${ids.length} offerings`,
    ]),
  );
}
