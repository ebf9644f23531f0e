import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { bundleProgram } from "../../bundle-program.ts";
import type { ProcessEnd } from "../../points/process-points.ts";
import { runKillable } from "../child-step.ts";

/** What `process-child.ts` does. */
export interface ProcessStep extends ProcessEnd {
  readonly directory: string;
  readonly uri: string;
  /** Name of a scenario. */
  readonly scenario: string;
  readonly task: "operate" | "recover";
}

const program = new URL("./process-child.ts", import.meta.url);
const LOOK_INTERVAL_MS = 20;

/** Whether the child was killed at its point; otherwise it came to its end. */
export function runProcessStep(step: ProcessStep): Promise<boolean> {
  return runKillable(program, step);
}

/** Does something while the child is suspended at its point, and lets it go on to its end, however that is; whether it had that point. */
export async function runSuspended(step: ProcessStep, meanwhile: () => Promise<void>): Promise<boolean> {
  const { path, environment } = await bundleProgram(program);
  const child = spawn(process.execPath, [path, JSON.stringify(step)], {
    // What it wakes to is not what it left: it may well fail, and say so.
    stdio: "ignore",
    env: environment,
  });
  const exit = once(child, "exit");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  try {
    while (!hasEnded() && !isSuspended(child.pid)) await delay(LOOK_INTERVAL_MS);
    if (hasEnded()) return false;
    await meanwhile();
    child.kill("SIGCONT");
    await exit;
    return true;
  } finally {
    child.kill("SIGKILL");
  }
}

/** See proc_pid_stat(5): the state follows the program's name in parentheses. */
function isSuspended(pid: number | undefined): boolean {
  try {
    return / T /.test(readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1) ?? "");
  } catch {
    return false;
  }
}
