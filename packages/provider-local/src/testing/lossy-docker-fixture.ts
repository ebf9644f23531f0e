import type { LocalProvider } from "../local-provider.ts";
import { DaemonProxy } from "./daemon-proxy.ts";
import type { DockerDaemon } from "./docker-daemon.ts";
import { DockerFixture } from "./docker-fixture.ts";

/** The same with a proxy before the daemon, which loses answers. */
export class LossyDockerFixture extends DockerFixture {
  readonly proxy: DaemonProxy;

  private constructor(daemon: DockerDaemon, cacheFolder: string | false, proxy: DaemonProxy) {
    super(daemon, cacheFolder);
    this.proxy = proxy;
  }

  static override async start(): Promise<LossyDockerFixture> {
    const { daemon, cacheFolder } = await DockerFixture.start();
    return new LossyDockerFixture(daemon, cacheFolder, await DaemonProxy.start(daemon.socketPath));
  }

  /** A provider that asks through the proxy. */
  lossyProvider(): LocalProvider {
    return this.provider({ host: this.proxy.host });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}
