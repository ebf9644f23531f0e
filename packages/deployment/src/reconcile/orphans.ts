import {
  type CallOptions,
  type ComputeProvider,
  nodeNamePrefix,
  type ProviderNode,
  parseNodeName,
  type StateStore,
  type StateTransaction,
  type TombstoneRow,
} from "@conduit/types";
import { eventsOf } from "../event.ts";
import type { FoundNode } from "./foreign.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import { terminateBuried } from "./terminate-buried.ts";

/**
 * Time in milliseconds after which a name that was given up is forgotten, if no node has it: far longer than any provider hides one. A node
 * that comes even later has no row, and is ended as an orphan.
 */
const TOMBSTONE_MS = 30 * 24 * 60 * 60_000;

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
  const store8 = await store8Of(store, options);
  const prefix = await prefixOfBuried({ store, provider }, { store8, scope }, options);
  const nodes = await provider.listNodes(prefix, options);
  const seen = new Map(nodes.map((node) => [node.name, node]));
  const tombstones = await lease.transaction(async (transaction) => {
    for (const { name: nodeName } of await withoutRow(transaction, ownOf(nodes, store8))) {
      const reason = "no row named it";
      const createdAtMs = transaction.nowMs;
      await transaction.putTombstone({ nodeName, provider: provider.name, scope, reason, createdAtMs });
      await eventsOf(transaction)("node-orphan", "done", { nodeName, detail: reason });
    }
    return forgetOld(transaction, (each) => isAt(each, provider, scope) && !seen.has(each.nodeName));
  }, options);
  await terminateBuried({ store, provider, lease }, { seen, absent: new Set() }, tombstones, options);
}

/** Nodes at a provider that no row of this store names: its own, and those of others. */
export async function findRowless(
  { store, provider }: Place,
  options: CallOptions,
): Promise<{ readonly orphans: readonly string[]; readonly foreign: readonly FoundNode[] }> {
  const store8 = await store8Of(store, options);
  const nodes = await provider.listNodes(nodeNamePrefix(), options);
  return store.transaction(async (transaction) => {
    const orphans = await withoutRow(transaction, ownOf(nodes, store8));
    const foreign: FoundNode[] = [];
    for (const node of nodes) {
      const owner = parseNodeName(node.name)?.store8;
      if (owner === undefined || owner === store8) continue;
      if ((await transaction.getNode(node.name)) === undefined) foreign.push({ provider, node });
    }
    return { orphans: orphans.map(({ name }) => name), foreign };
  }, options);
}

/** Removes tombstones that have served their time; the others. */
async function forgetOld(
  transaction: StateTransaction,
  isGone: (tombstone: TombstoneRow) => boolean,
): Promise<readonly TombstoneRow[]> {
  const left: TombstoneRow[] = [];
  for (const tombstone of await transaction.listTombstones()) {
    const { nodeName, createdAtMs } = tombstone;
    if (transaction.nowMs - createdAtMs < TOMBSTONE_MS || !isGone(tombstone)) {
      left.push(tombstone);
      continue;
    }
    await transaction.removeTombstone(nodeName);
    await eventsOf(transaction)("tombstone-remove", "done", { nodeName });
  }
  return left;
}

function isAt(tombstone: TombstoneRow, { name }: ComputeProvider, scope: string): boolean {
  return tombstone.provider === name && tombstone.scope === scope;
}

/** What the names of all nodes start with that this store may have to end. Of other stores' it has given up only what was named to it. */
async function prefixOfBuried(
  { store, provider }: Place,
  { store8, scope }: { readonly store8: string; readonly scope: string },
  options: CallOptions,
): Promise<string> {
  const tombstones = await store.transaction((transaction) => transaction.listTombstones(), options);
  const areOwn = tombstones.every(
    (each) => !isAt(each, provider, scope) || parseNodeName(each.nodeName)?.store8 === store8,
  );
  return areOwn ? nodeNamePrefix(store8) : nodeNamePrefix();
}

function ownOf(nodes: readonly ProviderNode[], store8: string): readonly ProviderNode[] {
  return nodes.filter(({ name }) => parseNodeName(name)?.store8 === store8);
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
