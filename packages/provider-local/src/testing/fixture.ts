import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { NodeSpec } from "@conduit/types";
import { thisMachine } from "../this-machine.ts";

const holderServer = fileURLToPath(new URL("./holder-server.ts", import.meta.url));

/** A node that runs the holder server of the tests. */
export function fixtureSpec(name: string, env: Record<string, string> = {}): NodeSpec {
  return {
    name,
    workload: {
      image: "fixture",
      process: { executable: process.execPath, arguments: [holderServer, "{portFile}", "{holders}"] },
      env,
      secretEnv: { FIXTURE_KEY: "key of the tests" },
      ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
      healthPath: "/health",
    },
    offering: thisMachine(),
  };
}

/** A node that runs the engine, with a model that is not there: it starts and ends like any other. */
export function engineSpec(name: string, executable: string): NodeSpec {
  const spec = fixtureSpec(name, { MODELS: JSON.stringify([{ id: "/absent/model" }]) });
  const flags = ["--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"];
  const command = {
    executable,
    arguments: ["serve", ...flags, "--holders", "{holders}", "--holders-stdin"],
  };
  return {
    ...spec,
    workload: { ...spec.workload, process: command, secretEnv: { LM_LITE_API_KEY: "key of the tests" } },
  };
}

/** A new folder for the nodes of one test; what still runs at its end is killed. */
export async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cl-"));
  try {
    await body(directory);
  } finally {
    for (const pid of await processesOf(directory)) killIfThere(pid);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Living processes that have `text` in their command line, this one excluded. */
export async function processesOf(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    // The command line of a process that only waits for its parent to notice its end is empty.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(text)) found.push(Number(pid));
  }
  return found;
}

/** Waits until `condition` holds, and throws with `what` when it takes too long. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`expected ${what} within ${timeoutMs} ms`);
    await delay(25);
  }
}
