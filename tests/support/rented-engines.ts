import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  processLauncher,
  RunpodServer,
  type RunpodServerOptions,
  STAND_IN_KEY,
} from "@conduit/provider-runpod/testing";
import { required } from "./engine.ts";

/** RunPod's stand-in, with an engine on this machine for each pod. */
export class RentedEngines implements AsyncDisposable {
  readonly server: RunpodServer;
  readonly #directory: string;

  static async start(options: Partial<RunpodServerOptions> = {}): Promise<RentedEngines> {
    const directory = mkdtempSync(join(tmpdir(), "rs-"));
    const launcher = processLauncher({
      executable: required("LM_LITE_BIN"),
      arguments: [
        ...["serve", "--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"],
        ...["--holders", "{holders}"],
      ],
      containerPort: 8000,
    });
    const server = await RunpodServer.start({ directory, launcher, ...options });
    return new RentedEngines(server, directory);
  }

  private constructor(server: RunpodServer, directory: string) {
    this.server = server;
    this.#directory = directory;
  }

  /** With these variables a program rents here. */
  get env(): Readonly<Record<string, string>> {
    const { url, proxyUrlTemplate } = this.server;
    return { RUNPOD_API_KEY: STAND_IN_KEY, RUNPOD_API_URL: url, RUNPOD_PROXY_URL: proxyUrlTemplate };
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.server.endPrograms();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
