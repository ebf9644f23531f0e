import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Command lines of the living processes that contain `mark`; zombies are dead. */
export function livingProcesses(mark: string): readonly string[] {
  return execFileSync("ps", ["-A", "-o", "stat=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(mark) && !line.trimStart().startsWith("Z"));
}

/** The same, once it is as many as `count`, or after `timeoutMs` milliseconds. */
export async function awaitLivingProcesses(
  mark: string,
  count: number,
  timeoutMs = 5000,
): Promise<readonly string[]> {
  const deadline = performance.now() + timeoutMs;
  let living = livingProcesses(mark);
  while (living.length !== count && performance.now() < deadline) {
    await delay(20);
    living = livingProcesses(mark);
  }
  return living;
}

let marks = 0;

/** Seconds for `sleep` that no other test sleeps, by which its process can be found. */
export function uniqueSeconds(): string {
  return `1000.${process.pid}${String(++marks).padStart(4, "0")}`;
}
