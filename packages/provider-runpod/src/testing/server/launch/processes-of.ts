import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Living programs of the pods of a folder. */
export async function processesOf(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    // The command line of a process that only waits for its parent to notice its end is empty.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(join(directory, "pods"))) found.push(Number(pid));
  }
  return found;
}

export async function untilNoProcess(directory: string, timeoutMs = 300_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while ((await processesOf(directory)).length > 0) {
    if (performance.now() > deadlineMs) throw new Error(`expected no program after ${timeoutMs} ms`);
    await delay(25);
  }
}
