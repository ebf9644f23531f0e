import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStateStore } from "@conduit/state";
import { gc } from "../../index.ts";
import { readContent } from "../crash/store-content.ts";
import { untilNoProcess } from "../fixture.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import { Fleet } from "./fleet.ts";
import { FLEET_REPLICAS, fleetProvider, wallClock } from "./fleet-request.ts";

/** Distance in points between the kills of two processes, so that each dies at another step. */
const KILL_DISTANCE = 3;

/** Lets a fleet deploy one thing at once, of which some die on the way, and checks that there is one deployment, whole, and then none. */
export async function deployAtOnce(size: number, { killed }: { readonly killed: number }): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cf-"));
  const uri = `sqlite:///${directory}/conduit.db`;
  await using store = await openStateStore({ uri });
  const world = new StandInWorld(directory, wallClock);
  const provider = fleetProvider(directory);
  try {
    const tasks = Array.from({ length: size }, (_, index) => {
      const killAt = index < killed ? 1 + index * KILL_DISTANCE : undefined;
      return { directory, uri, killAt };
    });
    await using fleet = await Fleet.start(tasks);
    const answers = await fleet.answers();
    assert.ok(answers.length >= size - killed, `${answers.length} answers`);
    const { deployments } = await readContent(store);
    assert.equal(deployments.length, 1);
    const living = world.living().map(({ name }) => name);
    const rows = deployments[0]?.nodes.filter(({ status }) => status === "DEPLOYED") ?? [];
    assert.deepEqual(living.sort(), rows.map(({ name }) => name).sort());
    assert.equal(living.length, FLEET_REPLICAS);
    for (const [name, count] of world.createdByName()) assert.equal(count, 1, name);
    if (killed === 0) assert.equal(world.createdByName().size, FLEET_REPLICAS);

    assert.ok((await fleet.leave()) >= size - killed);
    await gc({ store, providers: [provider] });
    assert.deepEqual([world.living(), (await readContent(store)).deployments], [[], []]);
    await untilNoProcess(directory);
  } finally {
    for (const { id } of world.living()) await provider.terminateNode(id);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
