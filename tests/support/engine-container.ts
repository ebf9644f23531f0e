import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { DockerDaemon } from "@conduit/provider-local/testing";
import { until } from "@conduit/provider-local/testing";
import { API_KEY } from "./engine.ts";

/** Longest time in milliseconds until an engine is ready; loading a small model takes it less than a second where nothing else runs. */
const READY_TIMEOUT_MS = 120_000;

export interface EngineContainerOptions {
  readonly image: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folders of this machine, by their path in the container, which only reads them. */
  readonly folders?: Readonly<Record<string, string>> | undefined;
  /** Default `true`. */
  readonly readOnlyRoot?: boolean | undefined;
}

/** An engine in a container that may do as little as containers can: of one CPU and 512 MB, as a user that owns nothing. */
export class EngineContainer implements AsyncDisposable {
  readonly #container: ReturnType<DockerDaemon["client"]["getContainer"]>;

  static async start(daemon: DockerDaemon, options: EngineContainerOptions): Promise<EngineContainer> {
    const { image, env = {}, folders = {}, readOnlyRoot = true } = options;
    const container = await daemon.client.createContainer({
      Image: image,
      User: "12345:54321",
      Env: Object.entries({ LM_LITE_API_KEY: API_KEY, ...env }).map(([name, value]) => `${name}=${value}`),
      HostConfig: {
        ReadonlyRootfs: readOnlyRoot,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        Memory: 512 * 2 ** 20,
        MemorySwap: 512 * 2 ** 20,
        NanoCpus: 1e9,
        PidsLimit: 64,
        PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
        Binds: Object.entries(folders).map(([path, folder]) => `${folder}:${path}:ro`),
      },
    });
    await container.start();
    return new EngineContainer(container);
  }

  private constructor(container: EngineContainer["docker"]) {
    this.#container = container;
  }

  get docker(): ReturnType<DockerDaemon["client"]["getContainer"]> {
    return this.#container;
  }

  /** Where it answers; ports are Docker's choice. */
  async baseUrl(): Promise<string> {
    const { NetworkSettings: network } = await this.#container.inspect();
    return `http://127.0.0.1:${network.Ports["8000/tcp"]?.[0]?.HostPort}`;
  }

  /** @throws Error with its log where it ends before. */
  async untilReady(): Promise<void> {
    const url = `${await this.baseUrl()}/health`;
    const isReady = async () => {
      const { State: state } = await this.#container.inspect();
      assert(state.Running, await this.log());
      const response = await fetch(url).catch(() => undefined);
      return Object.assign({ ready: false }, await response?.json()).ready;
    };
    await until("the engine to be ready", isReady, READY_TIMEOUT_MS);
  }

  async post(path: string, body: object): Promise<Response> {
    return fetch(`${await this.baseUrl()}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${API_KEY}` },
      body: JSON.stringify(body),
    });
  }

  /** Runs a program of the image beside the engine. */
  async exec(...command: readonly string[]): Promise<{ readonly exitCode: number | null; output: string }> {
    const exec = await this.#container.exec({ Cmd: [...command], AttachStdout: true, Tty: true });
    const output = await text(await exec.start({ Tty: true }));
    for (;;) {
      const { Running: isRunning, ExitCode: exitCode } = await exec.inspect();
      if (!isRunning) return { exitCode, output };
      await delay(20);
    }
  }

  /** Waits until it has ended by itself. */
  async exitCode(): Promise<number> {
    const { StatusCode: code } = await this.#container.wait();
    return code;
  }

  async log(): Promise<string> {
    return String(await this.#container.logs({ stdout: true, stderr: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true, v: true });
  }
}
