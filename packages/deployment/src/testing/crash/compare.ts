import { nodeNamePrefix, parseNodeName } from "@conduit/types";
import type { LivingNode } from "../stand-in/stand-in-world.ts";
import type { Finding } from "./finding.ts";
import type { StoreContent } from "./store-content.ts";

/** Share by which a price may be above the plan, for rounding. */
const PRICE_TOLERANCE = 0.01;

export interface Comparison {
  readonly content: StoreContent;
  readonly living: readonly LivingNode[];
  readonly createdByName: ReadonlyMap<string, number>;
}

/**
 * Compares the state with the world, when nothing is under way any more: nothing runs that is not in the state, nothing is in the state
 * that does not run, and there is no more of it than was asked for. Nodes of other stores are no matter of this.
 */
export function compare({ content, living, createdByName }: Comparison): Finding[] {
  const prefix = nodeNamePrefix(content.storeId.slice(0, 8));
  const own = living.filter(({ name }) => name.startsWith(prefix));
  return [
    ...findLeaks(content, own),
    ...findDoubles(content, own, createdByName),
    ...findLosses(content, own),
    ...findDear(content, own),
    ...findRemains(content),
  ];
}

function findLeaks({ deployments }: StoreContent, living: readonly LivingNode[]): Finding[] {
  return living.flatMap(({ name, status }) => {
    const deployment = deployments.find(({ nodes }) => nodes.some((row) => row.name === name));
    const row = deployment?.nodes.find((each) => each.name === name);
    if (deployment === undefined || row === undefined) return [leak(name, `is ${status} and has no row`)];
    if (deployment.row.status === "DELETING") return [leak(name, "belongs to a deployment that was deleted")];
    if (!["PROVISIONED", "DEPLOYED", "STOPPED"].includes(row.status)) {
      return [leak(name, `is ${status}, but its row says ${row.status}`)];
    }
    if (row.status === "STOPPED" && status !== "stopped") return [leak(name, `is ${status}, not stopped`)];
    return [];
  });
}

function findDoubles(
  { deployments }: StoreContent,
  living: readonly LivingNode[],
  createdByName: ReadonlyMap<string, number>,
): Finding[] {
  const findings: Finding[] = [];
  for (const [name, count] of createdByName) {
    if (count > 1) findings.push({ kind: "doubled", what: `${name} was created ${count} times` });
  }
  for (const { row, nodes } of deployments) {
    // While an update is not through, there are the nodes from before it, too.
    const byKey = Map.groupBy(nodes, ({ name }) => parseNodeName(name)?.key8);
    for (const [key8, alike] of byKey) {
      const count = living.filter(({ name }) => alike.some((node) => node.name === name)).length;
      if (count <= row.replicas) continue;
      findings.push({ kind: "doubled", what: `${count} nodes of ${key8} for ${row.replicas} replicas` });
    }
  }
  return findings;
}

function findLosses({ deployments }: StoreContent, living: readonly LivingNode[]): Finding[] {
  const rows = deployments.flatMap(({ nodes }) => nodes);
  return rows
    .filter(({ name }) => !living.some((node) => node.name === name))
    .map(({ name, status }) => ({ kind: "lost", what: `${name} is not there, but its row says ${status}` }));
}

function findDear({ deployments }: StoreContent, living: readonly LivingNode[]): Finding[] {
  const rows = new Map(deployments.flatMap(({ nodes }) => nodes.map((row) => [row.name, row])));
  return living.flatMap(({ name, priceMicroDollarsPerHour: price = 0 }) => {
    const planned = rows.get(name)?.plannedPriceMicroDollarsPerHour;
    if (planned === undefined || price <= planned * (1 + PRICE_TOLERANCE)) return [];
    return [{ kind: "dearer", what: `${name} costs ${price} an hour, where ${planned} were planned` }];
  });
}

/** Deployments that were deleted and are still there. */
function findRemains({ deployments }: StoreContent): Finding[] {
  return deployments
    .filter(({ row }) => row.status === "DELETING")
    .map(({ row }) => ({ kind: "unwanted", what: `deployment ${row.key} is still being deleted` }));
}

function leak(name: string, what: string): Finding {
  return { kind: "leaked", what: `${name} ${what}` };
}
