import type { CallOptions } from "@conduit/types";
import { type Daemon, isRefusal } from "./daemon.ts";
import { findContainer } from "./find-container.ts";
import { markStopped } from "./stop-marker.ts";

/** Time in milliseconds, beside that for an orderly end, until Docker has stopped a container. */
const STOP_TIMEOUT_MS = 60_000;

/** Ends a container's program, by force once the time for an orderly end is over. What does not run, or is not there, stays so. */
export async function stopContainer(
  daemon: Daemon,
  name: string,
  { graceSeconds, ...options }: CallOptions & { readonly graceSeconds: number },
): Promise<void> {
  const container = await findContainer(daemon, name, options);
  if (container?.State.Running !== true) return;
  await markStopped(daemon, name, container.State.StartedAt, options);
  // Docker refuses to stop what is paused.
  if (container.State.Paused) await unpauseContainer(daemon, name, options);
  const call = {
    ...options,
    what: `stop ${name}`,
    changes: true,
    timeoutMs: STOP_TIMEOUT_MS + graceSeconds * 1000,
  };
  try {
    await daemon.find(call, (client, abortSignal) =>
      client.getContainer(container.Id).stop({ t: Math.ceil(graceSeconds), abortSignal }),
    );
  } catch (error) {
    // It has ended meanwhile, or is being removed.
    if (!isRefusal(error, 304) && !isRefusal(error, 409)) throw error;
  }
}

/** Lets a paused container go on. */
export async function unpauseContainer(daemon: Daemon, name: string, options: CallOptions): Promise<void> {
  await daemon.call({ ...options, what: `let ${name} go on`, changes: true }, (client, abortSignal) =>
    client.getContainer(name).unpause({ abortSignal }),
  );
}
