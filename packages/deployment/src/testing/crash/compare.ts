import { nodeNamePrefix } from "@conduit/types";
import type { LivingNode } from "../stand-in/stand-in-world.ts";
import type { Finding } from "./finding.ts";
import type { StoreContent } from "./store-content.ts";

export interface Comparison {
  readonly content: StoreContent;
  readonly storeId: string;
  readonly living: readonly LivingNode[];
  readonly createdByName: ReadonlyMap<string, number>;
}

/**
 * Compares the state with the world, when nothing is under way any more: nothing runs that is not in the state, nothing is in the state
 * that does not run, and there is as much of it as was asked for. Nodes of other stores are no matter of this.
 */
export function compare({ content, storeId, living, createdByName }: Comparison): Finding[] {
  const prefix = nodeNamePrefix(storeId.slice(0, 8));
  const own = living.filter(({ name }) => name.startsWith(prefix));
  return [
    ...findLeaks(content, own),
    ...findDoubles(content, own, createdByName),
    ...findLosses(content, own),
    ...findShortfalls(content, own),
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
    const count = living.filter(({ name }) => nodes.some((node) => node.name === name)).length;
    if (count > row.replicas) {
      findings.push({ kind: "doubled", what: `${count} nodes for ${row.replicas} replicas` });
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

/** Deployments that do not run as they shall. One that has failed asks for nothing. */
function findShortfalls({ deployments }: StoreContent, living: readonly LivingNode[]): Finding[] {
  return deployments.flatMap(({ row, nodes }): Finding[] => {
    const { status, replicas } = row;
    if (status === "DELETING") return [{ kind: "unwanted", what: "a deployment is still being deleted" }];
    if (status !== "DEPLOYED" && status !== "DEPLOYING") return [];
    const running = living.filter(
      ({ name, status }) => status === "running" && nodes.some((node) => node.name === name),
    );
    if (running.length >= replicas) return [];
    return [{ kind: "unwanted", what: `${running.length} nodes run of ${replicas} replicas` }];
  });
}

function leak(name: string, what: string): Finding {
  return { kind: "leaked", what: `${name} ${what}` };
}
