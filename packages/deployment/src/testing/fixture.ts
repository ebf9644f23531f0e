import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore, openStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import type { DeployRequest } from "../deploy-request.ts";
import type { NodeEndpoint } from "../endpoint.ts";

/** The program that the tests of the provider run as a node, too. */
export const holderServer = fileURLToPath(
  new URL("./testing/holder-server.ts", import.meta.resolve("@conduit/provider-local")),
);

/** The store that requests of a folder share in this process. */
const stores = new Map<string, StateStore>();

function storeOf(directory: string): StateStore {
  const store =
    stores.get(directory) ?? new MemoryStateStore({ storeId: "01234567-89ab-4cde-8f01-23456789abcd" });
  stores.set(directory, store);
  return store;
}

/** The database that programs of a folder share. */
export function openDatabase(directory: string): Promise<StateStore> {
  return openStateStore({ uri: `sqlite:///${directory}/conduit.db` });
}

/** A deployment of the holder server, whose environment says how it behaves. */
export function fixtureRequest(
  directory: string,
  env: Record<string, string> = {},
  change: Partial<DeployRequest> = {},
): DeployRequest {
  return {
    provider: new LocalProvider({ directory, terminationGraceSeconds: 5 }),
    store: storeOf(directory),
    runtime: "LM_LITE",
    endpointKeyVariable: "FIXTURE_KEY",
    workload: {
      image: "fixture",
      process: { executable: process.execPath, arguments: [holderServer, "{portFile}", "{holders}"] },
      env,
      secretEnv: {},
      ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
      healthPath: "/health",
    },
    probe: async ({ baseUrl }, { signal }) => {
      const response = await fetch(`${baseUrl}/health`, { signal });
      return (await response.json()) as { ready: boolean; failure?: string };
    },
    ...change,
  };
}

/** Asks a node with its key; which process answered. */
export async function ask({ baseUrl, key }: NodeEndpoint): Promise<number> {
  const response = await fetch(baseUrl, { headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw new Error(`expected an answer, but found status ${response.status}`);
  return ((await response.json()) as { pid: number }).pid;
}

/** A new folder for the nodes of one test; what still runs at its end is killed. */
export async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cd-"));
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

/** Living node processes whose folders are below `directory`. */
export async function processesOf(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    // The command line of a process that only waits for its parent to notice its end is empty.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(join(directory, "nodes"))) found.push(Number(pid));
  }
  return found;
}

export async function untilNoProcess(directory: string, timeoutMs = 5_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while ((await processesOf(directory)).length > 0) {
    if (performance.now() > deadlineMs) throw new Error(`expected no node process after ${timeoutMs} ms`);
    await delay(25);
  }
}
