import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MemoryStateStore } from "@conduit/state";
import type { ComputeProvider, StateStore } from "@conduit/types";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deployment.ts";
import { reconcile } from "./reconcile/reconcile.ts";
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

/** What other programs see of the deployment. */
interface Outside {
  readonly provider: ComputeProvider;
  readonly store: StateStore;
}

async function withDeployment(
  body: (deployment: Deployment, servers: Servers, outside: Outside) => Promise<void>,
): Promise<void> {
  using fixture = new StandInFixture();
  await using servers = new Servers();
  const provider = fixture.provider(undefined, { clock: wallClock, launcher: servers });
  const store = new MemoryStateStore();
  const deployment = await deploy({
    provider,
    store,
    runtime: "LM_LITE",
    endpointKeyVariable: "KEY",
    workload: { ...nodeSpec("").workload, secretEnv: {} },
  });
  try {
    await deployment.untilReady();
    await body(deployment, servers, { provider, store });
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

  test("is written down as ready again after it was stopped and started between two looks at it", () =>
    withDeployment(async (deployment, _servers, { provider, store }) => {
      const node = async () => {
        const rows = await store.transaction((transaction) => transaction.listNodes(deployment.id));
        assert.equal(rows.length, 1);
        return rows[0];
      };
      const id = (await node())?.externalId ?? "";
      await provider.stopNode(id);
      await reconcile({ store, providers: [provider] });
      assert.equal((await node())?.status, "STOPPED");
      await provider.startNode(id);
      await reconcile({ store, providers: [provider] });
      assert.equal((await node())?.status, "PROVISIONED");
      while ((await node())?.status !== "DEPLOYED" || !deployment.ready) await delay(50);
      assert.equal((await node())?.externalId, id);
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
