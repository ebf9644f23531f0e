import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeSpec, ProviderNode } from "@conduit/types";
import type { DockerOptions } from "../docker/docker-options.ts";
import { LocalProvider } from "../local-provider.ts";
import { thisMachine } from "../this-machine.ts";
import { DockerDaemon } from "./docker-daemon.ts";
import { until } from "./fixture.ts";
import { importServerImage, SERVER_IMAGE } from "./program-image.ts";

let nodeCount = 0;

/** A daemon that has the image of the tests, and a cache of their own. */
export class DockerFixture implements AsyncDisposable {
  readonly daemon: DockerDaemon;
  readonly cacheFolder: string | false;

  constructor(daemon: DockerDaemon, cacheFolder: string | false) {
    this.daemon = daemon;
    this.cacheFolder = cacheFolder;
  }

  static async start(): Promise<DockerFixture> {
    const daemon = await DockerDaemon.start();
    const cacheFolder = await mkdtemp(join(tmpdir(), "conduit-cache-"));
    await importServerImage(daemon);
    return new DockerFixture(daemon, cacheFolder);
  }

  provider(options: DockerOptions & { readonly terminationGraceSeconds?: number } = {}): LocalProvider {
    // Before its program reacts to SIGTERM, a container takes the whole time.
    const { terminationGraceSeconds = 1, ...docker } = options;
    return new LocalProvider({
      mode: "docker",
      terminationGraceSeconds,
      docker: { host: this.daemon.host, huggingFaceCache: this.cacheFolder, ...docker },
    });
  }

  /** A node of a name of its own that runs the server of the tests. */
  spec(env: Readonly<Record<string, string>> = {}): NodeSpec {
    return {
      name: `conduit-tests-${++nodeCount}`,
      offering: thisMachine(),
      workload: {
        image: SERVER_IMAGE,
        env,
        secretEnv: { SERVER_KEY: "key of the tests" },
        readsSecretFiles: true,
        ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
        healthPath: "/",
      },
    };
  }

  /** Names of all containers and volumes. */
  async remains(): Promise<readonly string[]> {
    const { client } = this.daemon;
    const containers = await client.listContainers({ all: true });
    const { Volumes: volumes } = await client.listVolumes();
    return [...containers.flatMap(({ Names }) => Names), ...(volumes ?? []).map(({ Name }) => Name)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
    if (this.cacheFolder !== false) await rm(this.cacheFolder, { recursive: true, force: true });
  }
}

/** What the server of the tests answers, once it does. */
export async function ask(
  node: ProviderNode | undefined,
  path = "/",
): Promise<Readonly<Record<string, unknown>>> {
  let answer = {};
  await until(`an answer of ${node?.name}`, async () => {
    try {
      answer = Object.assign({}, await (await fetch(`${node?.baseUrl}${path}`)).json());
      return true;
    } catch {
      return false;
    }
  });
  return answer;
}
