import type { CallOptions } from "@conduit/types";
import { sleep } from "../sleep.ts";
import { type Daemon, isRefusal } from "./daemon.ts";
import { findContainer } from "./find-container.ts";
import { NODE_LABEL } from "./labels.ts";
import { removeClaim } from "./node-claim.ts";
import { stopContainer } from "./stop-container.ts";

const POLL_INTERVAL_MS = 100;
/** Longest time in milliseconds that somebody else's removal is waited for. */
const REMOVAL_PATIENCE_MS = 120_000;

/** Removes everything of a node; returns once nothing is left of it. */
export async function removeNode(
  daemon: Daemon,
  name: string,
  { graceSeconds, ...options }: CallOptions & { readonly graceSeconds: number },
): Promise<void> {
  // First of all: without a claim nobody starts a container any more, see NodeClaim.
  await removeClaim(daemon, name, options);
  let container = await findContainer(daemon, name, options);
  if (container?.State.Running === true) await stopContainer(daemon, name, { ...options, graceSeconds });
  const deadlineMs = performance.now() + REMOVAL_PATIENCE_MS;
  while (container !== undefined) {
    const { Id: id } = container;
    try {
      await daemon.find({ ...options, what: `remove ${name}`, changes: true }, (client, abortSignal) =>
        client.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      // Somebody else removes it already, which may take a while.
      if (!isRefusal(error, 409) || performance.now() > deadlineMs) throw error;
      await sleep(POLL_INTERVAL_MS, options.signal);
    }
    container = await findContainer(daemon, name, options);
  }
}

/** Removes folders of nodes whose container somebody has removed by other means, which leaves them behind. */
export async function removeAbandonedFolders(daemon: Daemon, options: CallOptions): Promise<void> {
  const filters = { label: [NODE_LABEL], dangling: ["true"] };
  const { Volumes: volumes } = await daemon.call(
    { ...options, what: "list volumes", changes: false },
    (client, abortSignal) => client.listVolumes({ filters, abortSignal }),
  );
  for (const { Name: name } of volumes ?? []) {
    try {
      await daemon.find(
        { ...options, what: `remove the volume ${name}`, changes: true },
        (client, abortSignal) => client.getVolume(name).remove({ abortSignal }),
      );
    } catch (error) {
      // It belongs to a container after all.
      if (!isRefusal(error, 409)) throw error;
    }
  }
}
