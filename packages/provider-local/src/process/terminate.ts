import { systemErrorCode } from "../local-error.ts";
import { isAlive, type ProcessIdentity } from "../process-identity.ts";
import { sleep } from "../sleep.ts";
import type { NodeFolder } from "./node-folder.ts";
import { inspectNode } from "./node-inspection.ts";

const POLL_INTERVAL_MS = 50;

/** Ends a node's processes, by force once the time for an orderly end is over, and removes what is left. */
export async function terminate(
  folder: NodeFolder,
  graceSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await folder.markTerminating();
  try {
    await endProgram(folder, graceSeconds, signal);
  } catch (error) {
    // Nobody ends it any more, so nobody shall wait for that.
    await folder.unmarkTerminating();
    throw error;
  }
  await folder.remove();
}

async function endProgram(
  folder: NodeFolder,
  graceSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const program = await programOf(folder, signal);
  if (program === undefined) return;
  signalGroup(program, "SIGTERM");
  await untilEnded(program, graceSeconds * 1000, signal);
  if (await isAlive(program)) signalGroup(program, "SIGKILL");
  await untilEnded(program, Number.POSITIVE_INFINITY, signal);
}

/** The node's process; one that is about to start is waited for. */
async function programOf(
  folder: NodeFolder,
  signal: AbortSignal | undefined,
): Promise<ProcessIdentity | undefined> {
  for (;;) {
    const inspection = await inspectNode(folder);
    if (inspection === undefined || !inspection.alive) return undefined;
    if (inspection.process !== undefined) return inspection.process;
    await sleep(POLL_INTERVAL_MS, signal);
  }
}

async function untilEnded(
  program: ProcessIdentity,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (performance.now() < deadlineMs && (await isAlive(program))) await sleep(POLL_INTERVAL_MS, signal);
}

/** Every node leads its own process group, so that children of the program end too. */
function signalGroup({ pid }: ProcessIdentity, kind: NodeJS.Signals): void {
  try {
    process.kill(-pid, kind);
  } catch (error) {
    if (systemErrorCode(error) !== "ESRCH") throw error;
  }
}
