import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

interface ProcessRow {
  readonly processId: number;
  readonly parentProcessId: number;
  readonly command: string;
}

/** All processes that run; those that have ended and wait for their parents to take note do not. */
function listProcesses(): readonly ProcessRow[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => {
    const [processId, parentProcessId, state, ...command] = line.trim().split(/\s+/);
    if (state === undefined || state.startsWith("Z")) return [];
    return [
      { processId: Number(processId), parentProcessId: Number(parentProcessId), command: command.join(" ") },
    ];
  });
}

/** What a process has started, and what that has started, and so on. */
export function descendantsOf(processId: number): readonly ProcessRow[] {
  const rows = listProcesses();
  const childrenOf = (parent: number): readonly ProcessRow[] =>
    rows
      .filter((row) => row.parentProcessId === parent)
      .flatMap((row) => [row, ...childrenOf(row.processId)]);
  return childrenOf(processId);
}

/** Those of the processes that still run. */
export function survivors(processIds: readonly number[]): readonly ProcessRow[] {
  return listProcesses().filter((row) => processIds.includes(row.processId));
}

/** Waits until a condition holds; resolves to whether it did within the time. */
export async function holdsWithin(timeoutMs: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(100);
  }
  return true;
}
