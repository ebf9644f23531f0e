import type { StateStore } from "@conduit/types";
import type { StandInWorld } from "../stand-in/stand-in-world.ts";
import { readContent } from "./store-content.ts";

/** State and world without what differs from run to run, such as names and times. */
export async function pictureOf(store: StateStore, world: StandInWorld): Promise<unknown> {
  const { deployments, tombstones } = await readContent(store);
  const events = await store.transaction((transaction) => transaction.listEvents());
  const living = new Map(world.living().map(({ name, status }) => [name, status]));
  return {
    deployments: deployments.map(({ row, nodes }) => ({
      status: row.status,
      replicas: row.replicas,
      nodes: nodes.map(({ name, status }) => `${status}, ${living.get(name) ?? "not there"}`).sort(),
    })),
    tombstones: tombstones.length,
    events: events.map(({ action, outcome }) => `${action} ${outcome}`).sort(),
    living: [...living.values()].sort(),
  };
}
