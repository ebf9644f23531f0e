import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { NodeEndpoint, RoutedNode } from "@conduit/deployment";
import { probeHealth } from "../probe-health.ts";

const program = fileURLToPath(new URL("engine-stand-in.ts", import.meta.url));
const FIRST_WORD_MS = 15;
const WORD_MS = 5;

/** An engine that repeats what it is told, as a node; a test starts, stops and kills it. */
export class StandInNode implements RoutedNode {
  readonly name: string;
  endpoint: NodeEndpoint | undefined;
  /** What its owner believes, which may be out of date. */
  ready = false;
  #process: ChildProcess | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Starts it where it has listened before, if it has. */
  async start(): Promise<void> {
    const port = new URL(this.endpoint?.baseUrl ?? "http://127.0.0.1:0").port || "0";
    const args = [...process.execArgv, program, port, String(FIRST_WORD_MS), String(WORD_MS)];
    const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = started;
    for await (const line of createInterface({ input: started.stdout })) {
      this.endpoint = { nodeName: this.name, baseUrl: `http://127.0.0.1:${line}`, key: "key" };
      this.ready = true;
      return;
    }
    throw new Error(`expected ${this.name} to print its port, but it ended`);
  }

  /** Ends it, at once (`SIGKILL`) or after what it has begun (`SIGTERM`). */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const ending = this.#process;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, "exit");
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    return this.endpoint !== undefined && (await probeHealth(this.endpoint, { signal })).ready;
  }
}
