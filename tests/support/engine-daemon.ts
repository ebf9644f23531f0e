import { LM_LITE } from "@conduit/lm-lite";
import { LocalProvider, type LocalProviderOptions } from "@conduit/provider-local";
import { buildEngineImage, DockerDaemon } from "@conduit/provider-local/testing";
import { required } from "./engine.ts";

/** A Docker daemon of its own that has the engine's image, as `npm run build:image` makes it. */
export class EngineDaemon implements AsyncDisposable {
  readonly #daemon: DockerDaemon;

  private constructor(daemon: DockerDaemon) {
    this.#daemon = daemon;
  }

  static async start(): Promise<EngineDaemon> {
    const daemon = await DockerDaemon.start();
    await buildEngineImage(daemon, { image: LM_LITE.image, engine: required("LM_LITE_BIN") });
    return new EngineDaemon(daemon);
  }

  /** Options of providers whose nodes see the random model, and keep nothing in the cache of this machine. */
  get providerOptions(): LocalProviderOptions {
    const mounts = [{ source: required("RANDOM_MODEL") }];
    return { mode: "docker", docker: { host: this.#daemon.host, huggingFaceCache: false, mounts } };
  }

  get provider(): LocalProvider {
    return new LocalProvider(this.providerOptions);
  }

  container(name: string) {
    return this.#daemon.client.getContainer(name);
  }

  /** A container and a volume that Conduit has nothing to do with. */
  async addForeign(name: string): Promise<void> {
    const { client } = this.#daemon;
    await client.createVolume({ Name: name });
    await client.createContainer({ name, Image: LM_LITE.image });
  }

  /** Names of all containers, with how they are. */
  async containers(): Promise<Readonly<Record<string, string>>> {
    const containers = await this.#daemon.client.listContainers({ all: true });
    return Object.fromEntries(containers.map(({ Names: [name = ""], State }) => [name.slice(1), State]));
  }

  /** Everything that `docker ps -a`, `docker volume ls` and `docker network ls` show. */
  async inventory() {
    const { client } = this.#daemon;
    const { Volumes: volumes } = await client.listVolumes();
    const networks = await client.listNetworks();
    return {
      containers: await this.containers(),
      volumes: (volumes ?? []).map(({ Name }) => Name).sort(),
      networks: networks.map(({ Name }) => Name).sort(),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#daemon[Symbol.asyncDispose]();
  }
}
