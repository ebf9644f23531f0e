import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DockerDaemon } from "@conduit/provider-local/testing";
import {
  processesOf,
  processLauncher,
  RunpodServer,
  type RunpodServerOptions,
  STAND_IN_KEY,
} from "@conduit/provider-runpod/testing";
import { containerLauncher } from "./container-launcher.ts";
import { required } from "./engine.ts";

interface RentedEnginesOptions extends Partial<Omit<RunpodServerOptions, "launcher">> {
  /** Folders of the models that engines find in their Hugging Face cache, by their ids there. */
  readonly cachedModels?: Readonly<Record<string, string>> | undefined;
  /** Runs the pods' images, which it has. Default: each pod is an engine that is a process. */
  readonly docker?: DockerDaemon | undefined;
}

/** RunPod's stand-in, with an engine on this machine for each pod: a process, or a container of the engine's image. */
export class RentedEngines implements AsyncDisposable {
  readonly server: RunpodServer;
  readonly #directory: string;

  static async start({
    cachedModels = {},
    docker,
    ...options
  }: RentedEnginesOptions = {}): Promise<RentedEngines> {
    const directory = mkdtempSync(join(tmpdir(), "rs-"));
    const env = hubCache(directory);
    for (const [id, folder] of Object.entries(cachedModels)) addToCache(env.HF_HUB_CACHE, id, folder);
    const folders = [env.HF_HUB_CACHE, required("RANDOM_MODEL"), ...Object.values(cachedModels)];
    const launcher =
      docker === undefined
        ? processLauncher(engineProgram(env))
        : containerLauncher(docker, { env, folders });
    const server = await RunpodServer.start({ directory, launcher, ...options });
    return new RentedEngines(server, directory);
  }

  private constructor(server: RunpodServer, directory: string) {
    this.server = server;
    this.#directory = directory;
  }

  /** With these variables a program rents here, and reads of models what the engines find of them. */
  get env(): Readonly<Record<string, string>> {
    const { url, proxyUrlTemplate } = this.server;
    return {
      RUNPOD_API_KEY: STAND_IN_KEY,
      RUNPOD_API_URL: url,
      RUNPOD_PROXY_URL: proxyUrlTemplate,
      ...hubCache(this.#directory),
    };
  }

  /** For `RunpodProvider` in this process. */
  get options(): { readonly apiKey: string; readonly apiUrl: string; readonly proxyUrl: string } {
    const { url, proxyUrlTemplate } = this.server;
    return { apiKey: STAND_IN_KEY, apiUrl: url, proxyUrl: proxyUrlTemplate };
  }

  /** What each engine that there ever was has written. */
  logs(): readonly string[] {
    return globSync("pods/*/*/log", { cwd: this.#directory }).map((log) =>
      readFileSync(join(this.#directory, log), "utf8"),
    );
  }

  /** RunPod's names of the GPUs of all pods that there ever were. */
  gpus(): readonly string[] {
    return globSync("pods/*/pod.json", { cwd: this.#directory }).map((file) => {
      const { request } = JSON.parse(readFileSync(join(this.#directory, file), "utf8")) as {
        readonly request: { readonly gpu: { readonly id: string } };
      };
      return request.gpu.id;
    });
  }

  /** The engines that run. */
  processes(): Promise<readonly number[]> {
    return processesOf(this.#directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.server.endPrograms();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function engineProgram(env: Readonly<Record<string, string>>): Parameters<typeof processLauncher>[0] {
  return {
    executable: required("LM_LITE_BIN"),
    arguments: [
      ...["serve", "--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"],
      ...["--holders", "{holders}"],
    ],
    containerPort: 8000,
    env,
  };
}

/** Variables with which the Hugging Face Hub is a folder. */
function hubCache(directory: string): { readonly HF_HUB_CACHE: string; readonly HF_HUB_OFFLINE: string } {
  return { HF_HUB_CACHE: join(directory, "cache"), HF_HUB_OFFLINE: "1" };
}

/** As Hugging Face's own tools leave it. */
function addToCache(cache: string, id: string, folder: string): void {
  const repository = join(cache, `models--${id.replaceAll("/", "--")}`);
  for (const name of ["refs", "snapshots"]) mkdirSync(join(repository, name), { recursive: true });
  writeFileSync(join(repository, "refs", "main"), "0000");
  symlinkSync(folder, join(repository, "snapshots", "0000"));
}
