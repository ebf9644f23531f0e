import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { NodeEndpoint, RoutedNode } from "@conduit/deployment";
import { probeHealth } from "../probe-health.ts";
import { LM_LITE_API_KEY } from "../runtime-profile.ts";

const KEY = "key of the tests";

/** Name of the model that {@link EngineNode} serves. */
export const MODEL = "m";

/** An engine as a node, whose test starts, stops and kills it. */
export class EngineNode implements RoutedNode {
  readonly name: string;
  endpoint: NodeEndpoint | undefined;
  /** What its owner believes, who is not told when it dies. */
  ready = false;
  readonly #executable: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  constructor(name: string, { executable, model }: { readonly executable: string; readonly model: string }) {
    this.name = name;
    this.#executable = executable;
    this.#arguments = [
      "serve",
      "--model",
      `${model}=${MODEL}`,
      "--max-model-concurrency",
      "4",
      "--holders-stdin",
    ];
  }

  /** Starts it, where it has listened before if it has, and waits until it is ready. */
  async start(): Promise<void> {
    const port = URL.parse(this.endpoint?.baseUrl ?? "")?.port ?? "0";
    const engine = spawn(this.#executable, [...this.#arguments, "--port", port], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, [LM_LITE_API_KEY]: KEY, RUST_LOG: "error" },
    });
    this.#process = engine;
    const [line] = await once(createInterface({ input: engine.stdout }), "line");
    const listening: { readonly port: number } = JSON.parse(line);
    this.endpoint = { nodeName: this.name, baseUrl: `http://127.0.0.1:${listening.port}`, key: KEY };
    while (!(await this.probe(AbortSignal.timeout(60_000))));
    this.ready = true;
  }

  /** Ends it: at once (`SIGKILL`), or when what it has begun is answered (`SIGTERM`). */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const engine = this.#process;
    if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
    engine.kill(signal);
    await once(engine, "exit");
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    return this.endpoint !== undefined && (await probeHealth(this.endpoint, { signal })).ready;
  }
}
