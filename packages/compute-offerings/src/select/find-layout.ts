import type { Layout, LayoutFreedom, LayoutWishes } from "./layout.ts";
import { LayoutSearch } from "./layout-search.ts";
import { leastNumber } from "./least-number.ts";
import type { Machine } from "./machine.ts";
import type { ModelEstimates } from "./model-estimates.ts";

/** Most replicas that a plan takes without the user's word. */
const MAX_REPLICAS = 64;

/**
 * The fastest layout on the fewest machines on which every model reaches its tokens per second; nothing where the workload does not fit.
 * Where no number of machines is enough, models lie apart on as many as they can fill, and where it takes more than were asked for,
 * on these. Where the catalogue does not know the devices, the layout that spans the fewest.
 */
export function findLayout(
  models: ModelEstimates,
  machine: Machine,
  freedom: LayoutFreedom,
  wishes: LayoutWishes,
): Layout | undefined {
  const { replicas, machines, minTokensPerSecond, ...others } = wishes;
  const search = new LayoutSearch(models, machine, freedom, wishes);
  let found = search.onFewest(replicas ?? 1);
  if (replicas === undefined && !freedom.singleDevice) {
    if (found === undefined && minTokensPerSecond !== undefined) found = withReplicas(search);
    if (found !== undefined && machines !== undefined) found = filling(machines, found, search);
  }
  if (minTokensPerSecond === undefined) return found;
  const slower = new LayoutSearch(models, machine, freedom, others);
  if (found === undefined) return slower.on(replicas ?? 1, machines) ?? slower.on(replicas ?? 1);
  if (machines === undefined || found.machines.length <= machines) return found;
  return slower.on(replicas ?? 1, machines) ?? found;
}

/**
 * The layout on the fewest machines, with the fewest replicas that can be fast enough, or with so many that each can lie where it does least
 * work, and twice as many again, which fill devices better. Of as many machines, the one with fewer replicas.
 */
function withReplicas(search: LayoutSearch): Layout | undefined {
  let replicas = search.replicasFor(({ seconds }) => seconds);
  if (replicas > MAX_REPLICAS) return undefined;
  let best = search.onFewest(replicas);
  const thrifty = search.replicasFor(({ degree, seconds }) => degree * seconds);
  for (replicas = Math.max(thrifty, replicas + 1); best && replicas <= MAX_REPLICAS; replicas *= 2) {
    best = search.onFewest(replicas, best.machines.length - 1) ?? best;
  }
  return best;
}

/** As many replicas as fill the machines that were asked for. */
function filling(machines: number, layout: Layout, search: LayoutSearch): Layout {
  if (layout.machines.length >= machines) return layout;
  const enough = leastNumber(
    layout.replicas + 1,
    MAX_REPLICAS,
    (replicas) => !search.isPossible(replicas, machines - 1),
  );
  if (enough === undefined) return search.on(MAX_REPLICAS, machines) ?? layout;
  return search.on(enough, machines) ?? search.onFewest(enough - 1) ?? layout;
}
