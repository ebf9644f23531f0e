import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MemoryStateStore } from "@conduit/state";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deployment.ts";
import { wallClock } from "./testing/fleet/fleet-request.ts";
import { nodeSpec, StandInFixture } from "./testing/stand-in/fixture.ts";
import type { NodeLauncher } from "./testing/stand-in/node-launcher.ts";

/** Backs every node with a server of this process, which a test ends, or starts anew. */
class Servers implements NodeLauncher, AsyncDisposable {
  readonly #servers = new Map<string, Server>();

  async start(folder: string): Promise<void> {
    const server = createServer((_, response) => response.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.set(folder, server);
  }

  baseUrl(folder: string): string | undefined {
    const address = this.#servers.get(folder)?.address();
    return address instanceof Object ? `http://127.0.0.1:${address.port}` : undefined;
  }

  isAlive(folder: string): boolean {
    return this.#servers.has(folder);
  }

  end(folder: string): void {
    const server = this.#servers.get(folder);
    this.#servers.delete(folder);
    server?.close();
    server?.closeAllConnections();
  }

  endAll(): void {
    for (const folder of this.#servers.keys()) this.end(folder);
  }

  /** Every node listens somewhere else from now on, as a container does that was started anew. */
  async move(): Promise<void> {
    for (const [folder, before] of [...this.#servers]) {
      await this.start(folder);
      before.close();
      before.closeAllConnections();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endAll();
  }
}

async function withDeployment(
  body: (deployment: Deployment, servers: Servers) => Promise<void>,
): Promise<void> {
  using fixture = new StandInFixture();
  await using servers = new Servers();
  const provider = fixture.provider(undefined, { clock: wallClock, launcher: servers });
  const deployment = await deploy({
    provider,
    store: new MemoryStateStore(),
    runtime: "LM_LITE",
    endpointKeyVariable: "KEY",
    workload: { ...nodeSpec("").workload, secretEnv: {} },
  });
  try {
    await deployment.untilReady();
    await body(deployment, servers);
  } finally {
    await deployment.delete();
  }
}

/** Sends a request where it is told to, and again where that does not answer. */
async function answering(deployment: Deployment): Promise<string> {
  for (;;) {
    using lease = await deployment.acquire();
    const { nodeName, baseUrl } = lease.endpoint;
    try {
      await fetch(baseUrl);
      return nodeName;
    } catch (error) {
      lease.fail(error);
    }
  }
}

describe("a node that nothing is held of", () => {
  test("gets its requests where it listens after it was started anew", () =>
    withDeployment(async (deployment, servers) => {
      const name = await answering(deployment);
      await servers.move();
      assert.equal(await answering(deployment), name);
    }));

  test("is no longer ready once it does not answer and its provider says that it has ended", () =>
    withDeployment(async (deployment, servers) => {
      const name = await answering(deployment);
      servers.endAll();
      const answered = answering(deployment);
      // Another may be ready before this is looked at.
      while (deployment.ready && deployment.endpoints[0]?.nodeName === name) await delay(10);
      assert.notEqual(await answering(deployment), name);
      assert.notEqual(await answered, name);
    }));
});
