import { readdir } from "node:fs/promises";
import { isNodeName } from "../node-name.ts";
import { isAlive } from "../process-identity.ts";
import { NodeFolder, ownerOfTemporaryFolder } from "./node-folder.ts";
import { inspectNode } from "./node-inspection.ts";

/** Removes what dead processes have left, and returns the folders of the nodes that are there. */
export async function sweep(directory: string): Promise<readonly NodeFolder[]> {
  const remaining: NodeFolder[] = [];
  for (const name of await readdir(directory)) {
    const folder = new NodeFolder(directory, name);
    const owner = ownerOfTemporaryFolder(name);
    if (owner !== undefined) {
      if (!(await isAlive(owner))) await destroyUnlessAlive(folder);
    } else if (isNodeName(name) && !(await sweepNode(folder))) {
      remaining.push(folder);
    }
  }
  return remaining;
}

/** Removes a node that is dead as well as its creator; while that lives, it may still want to know why. Whether it did. */
async function sweepNode(folder: NodeFolder): Promise<boolean> {
  const inspection = await inspectNode(folder);
  if (inspection === undefined || inspection.alive || inspection.creatorAlive) return false;
  const gone = await folder.takeAway();
  return gone === undefined || (await destroyUnlessAlive(gone));
}

/**
 * A process writes itself down until its folder is taken away, and never after: what it has not written by now does not run.
 * Whether the folder is gone.
 */
async function destroyUnlessAlive(folder: NodeFolder): Promise<boolean> {
  // Without a process the record does not matter; that of a creator killed in the middle of writing it is damaged.
  if ((await folder.readProcess()) !== "unknown") {
    const inspection = await inspectNode(folder);
    if (inspection?.process !== undefined) {
      await folder.putBack(inspection.record.name);
      return false;
    }
  }
  await folder.destroy();
  return true;
}
