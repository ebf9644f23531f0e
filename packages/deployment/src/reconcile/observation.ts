import type { CallOptions, ComputeProvider, NodeRow, ProviderNode } from "@conduit/types";
import { ScopeChangedError } from "../deployment-error.ts";

/** What a provider says of nodes, at one time. A row that is in neither was not asked about. */
export interface Observation {
  readonly seen: ReadonlyMap<string, ProviderNode>;
  /** Names of rows that the provider knows no node of. */
  readonly absent: ReadonlySet<string>;
}

/**
 * Asks a provider for all nodes of a store, and for each node of `rows` that its list misses.
 *
 * @throws ScopeChangedError when it is another account or daemon than the one that the rows are about.
 */
export async function observe(
  { provider, scope, namePrefix }: ObservationContext,
  rows: readonly NodeRow[],
  options: CallOptions,
): Promise<Observation> {
  const found = await provider.scope(options);
  if (found !== scope) throw new ScopeChangedError(provider.name, scope, found);
  const listed = await provider.listNodes(namePrefix, options);
  const seen = new Map(listed.map((node) => [node.name, node]));
  const absent = new Set<string>();
  for (const { name, externalId } of rows) {
    if (seen.has(name)) continue;
    const node = externalId === undefined ? undefined : await provider.getNode(externalId, options);
    if (node === undefined) absent.add(name);
    else seen.set(name, node);
  }
  return { seen, absent };
}

export interface ObservationContext {
  readonly provider: ComputeProvider;
  /** Account or daemon that the rows are about. */
  readonly scope: string;
  /** What the names of the store's nodes start with. */
  readonly namePrefix: string;
}
