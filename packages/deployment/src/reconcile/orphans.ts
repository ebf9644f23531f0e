import {
  type CallOptions,
  type ComputeProvider,
  type ComputeProviderName,
  nodeNamePrefix,
  type ProviderNode,
  parseNodeName,
  type StateStore,
  type StateTransaction,
} from "@conduit/types";
import { eventsOf } from "../event.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import { terminateBuried } from "./terminate-buried.ts";

/** A node that another store's programs have created. */
export interface ForeignNode {
  readonly name: string;
  readonly id: string;
  readonly provider: ComputeProviderName;
  readonly status: ProviderNode["status"];
  readonly priceMicroDollarsPerHour?: number | undefined;
}

interface Place {
  readonly store: StateStore;
  readonly provider: ComputeProvider;
}

/**
 * Ends nodes of this store that no row names, and those that were given up and have turned up after all. A node's row is committed before
 * the provider is asked for it, so what is listed first and has no row then is nobody's.
 */
export async function buryOrphans(
  { store, provider, lease }: Place & { readonly lease: NamespaceLease },
  options: CallOptions,
): Promise<void> {
  const scope = await provider.scope(options);
  const nodes = await provider.listNodes(nodeNamePrefix(await store8Of(store, options)), options);
  const tombstones = await lease.transaction(async (transaction) => {
    for (const { name: nodeName } of await withoutRow(transaction, nodes)) {
      const reason = "no row named it";
      const createdAtMs = transaction.nowMs;
      await transaction.putTombstone({ nodeName, provider: provider.name, scope, reason, createdAtMs });
      await eventsOf(transaction)("node-orphan", "done", { nodeName, detail: reason });
    }
    return transaction.listTombstones();
  }, options);
  const seen = new Map(nodes.map((node) => [node.name, node]));
  await terminateBuried({ store, provider, lease }, { seen, absent: new Set() }, tombstones, options);
}

/** Nodes at a provider that no row of this store names, its own and those of others. */
export async function findForeign(
  { store, provider }: Place,
  options: CallOptions,
): Promise<{ readonly orphans: readonly string[]; readonly foreign: readonly ForeignNode[] }> {
  const store8 = await store8Of(store, options);
  const nodes = await provider.listNodes(nodeNamePrefix(), options);
  const own = nodes.filter(({ name }) => parseNodeName(name)?.store8 === store8);
  const others = nodes.filter(({ name }) => {
    const parts = parseNodeName(name);
    return parts !== undefined && parts.store8 !== store8;
  });
  const orphans = await store.transaction((transaction) => withoutRow(transaction, own), options);
  return {
    orphans: orphans.map(({ name }) => name),
    foreign: others.map(({ name, id, status, priceMicroDollarsPerHour }) => ({
      name,
      id,
      provider: provider.name,
      status,
      priceMicroDollarsPerHour,
    })),
  };
}

async function store8Of(store: StateStore, options: CallOptions): Promise<string> {
  return (await store.storeId(options)).slice(0, 8);
}

/** Nodes that neither a row nor a tombstone names. */
async function withoutRow(
  transaction: StateTransaction,
  nodes: readonly ProviderNode[],
): Promise<readonly ProviderNode[]> {
  const buried = new Set((await transaction.listTombstones()).map(({ nodeName }) => nodeName));
  const orphans: ProviderNode[] = [];
  for (const node of nodes) {
    if (buried.has(node.name) || node.status === "terminating") continue;
    if ((await transaction.getNode(node.name)) === undefined) orphans.push(node);
  }
  return orphans;
}
