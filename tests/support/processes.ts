import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Whether a process runs; one that has ended and waits for its parent to take note does not. */
export function isAlive(processId: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(processId)], { encoding: "utf8" });
  const state = stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

/** Waits until a condition holds; resolves to whether it did within the time. */
export async function holdsWithin(timeoutMs: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(50);
  }
  return true;
}
