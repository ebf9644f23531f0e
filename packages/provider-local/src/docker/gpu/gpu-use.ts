import type { CallOptions } from "@conduit/types";
import type { Daemon } from "../daemon.ts";
import { listContainers } from "../find-container.ts";
import { GPUS_LABEL } from "../labels.ts";
import { listClaims } from "../node-claim.ts";

/** States in which a container has its GPUs, or is about to. */
const USING = new Set(["created", "running", "paused", "restarting"]);

/** How many nodes of the daemon have each GPU, by its UUID. */
export async function countGpuUse(
  daemon: Daemon,
  options: CallOptions,
): Promise<ReadonlyMap<string, number>> {
  const claims = await listClaims(daemon, options);
  const containers = (await listContainers(daemon, options)).filter(({ state }) => USING.has(state));
  const counts = new Map<string, number>();
  // A node that is about to lose its claim has both.
  const byName = new Map([...claims, ...containers].map(({ name, labels }) => [name, labels[GPUS_LABEL]]));
  for (const uuid of [...byName.values()].flatMap((gpus) => gpus?.split(",") ?? [])) {
    counts.set(uuid, (counts.get(uuid) ?? 0) + 1);
  }
  return counts;
}
