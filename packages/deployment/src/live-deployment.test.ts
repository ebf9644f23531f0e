import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { ProviderError } from "@conduit/types";
import { deploy } from "./deploy.ts";
import {
  DeploymentClosedError,
  DeploymentFailedError,
  DeploymentTimeoutError,
  NodeFailedError,
} from "./deployment-error.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";

describe("Deployment", { concurrency: 2 }, () => {
  test("requests wait until a node is ready", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "300" }));
      assert.equal(deployment.ready, false);
      const leases = await Promise.all(Array.from({ length: 20 }, () => deployment.acquire()));
      assert.equal(deployment.ready, true);
      for (const lease of leases) lease.release();
    }));

  test("requests go where the fewest are under way", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, {}, { replicas: 2 }));
      await deployment.untilReady();
      const nameOf = (lease: Awaited<ReturnType<typeof deployment.acquire>>) => lease.endpoint.nodeName;
      const first = await deployment.acquire();
      const second = await deployment.acquire();
      assert.notEqual(nameOf(second), nameOf(first));
      second.release();
      second.release();
      const third = await deployment.acquire();
      assert.equal(nameOf(third), nameOf(second));
      const counts = [await deployment.acquire(), await deployment.acquire()].map(nameOf);
      assert.equal(new Set(counts).size, 2);
    }));

  test("tells what it waits for", () =>
    withDirectory(async (directory) => {
      const messages: string[] = [];
      const request = fixtureRequest(directory, { FIXTURE_LISTEN_AFTER_MS: "200" });
      await using deployment = await deploy(request, { onProgress: ({ message }) => messages.push(message) });
      await deployment.untilReady({ onProgress: ({ message }) => messages.push(message) });
      assert.deepEqual(messages, ["starting a node at LOCAL", "starting", "ready"]);
    }));

  test("a wait that takes too long says what was last heard", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "60000" }));
      await assert.rejects(deployment.untilReady({ timeoutSeconds: 0.3 }), (error) => {
        assert(DeploymentTimeoutError.isInstance(error));
        assert.match(error.message, /within 0.3 s, but the last that was heard is "starting"/);
        return true;
      });
      const reason = new Error("enough");
      await assert.rejects(deployment.untilReady({ signal: AbortSignal.abort(reason) }), reason);
    }));

  test("without a probe, a node is ready once its health path answers", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "60000" }, { probe: undefined });
      await using deployment = await deploy(request);
      await deployment.untilReady();
    }));

  test("the health path is asked with the key", () =>
    withDirectory(async (directory) => {
      const { workload } = fixtureRequest(directory);
      const closed = { ...workload, healthPath: "/closed" };
      await using deployment = await deploy(
        fixtureRequest(directory, {}, { probe: undefined, workload: closed }),
      );
      await deployment.untilReady();
    }));

  test("a node that dies while it comes up fails fast, with the end of its log", () =>
    withDirectory(async (directory) => {
      const env = { FIXTURE_READY_AFTER_MS: "60000", FIXTURE_FAIL_AFTER_MS: "300" };
      const request = fixtureRequest(directory, env);
      await using deployment = await deploy(request);
      await assert.rejects(deployment.untilReady({ timeoutSeconds: 30 }), (error) => {
        assert(NodeFailedError.isInstance(error));
        assert.match(error.failure, /exit code 3.*out of luck/s);
        return true;
      });
      assert.equal(deployment.status, "FAILED");
      await assert.rejects(deployment.acquire(), DeploymentFailedError);
      await request.store.transaction(async (transaction) => {
        assert.deepEqual(await transaction.listNodes(deployment.id), []);
        const row = await transaction.getDeployment(deployment.id);
        assert.match(row?.lastError ?? "", /out of luck/);
        assert.equal(row?.failures, 3);
        const failures = (await transaction.listEvents()).filter(({ action }) => action === "node-fail");
        assert.equal(failures.length, 3);
      });
    }));

  test("an error that the provider tells a failure by is the cause, however often it was tried", () =>
    withDirectory(async (directory) => {
      const failureCause = new ProviderError("no GPU", {
        provider: "LOCAL",
        outcome: "none",
        retry: "next-offering",
      });
      const env = { FIXTURE_READY_AFTER_MS: "60000", FIXTURE_FAIL_AFTER_MS: "300" };
      const { provider: real, ...request } = fixtureRequest(directory, env);
      const provider = new FaultyProvider(real, {
        getNode: async (get, id) => {
          const node = await get(id);
          return node?.status === "failed" ? { ...node, failureCause } : node;
        },
      });
      await using deployment = await deploy({ ...request, provider });
      await assert.rejects(deployment.untilReady(), (error) => {
        assert(NodeFailedError.isInstance(error));
        assert.equal(error.cause, failureCause);
        return true;
      });
    }));

  test("a failure that the runtime reports ends the wait, and another deploy starts anew", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, { FIXTURE_MODEL_FAILURE: "weights are broken" });
      await using deployment = await deploy(request);
      // Asked for now: soon this one has the new node as well.
      const [failed] = (await deployment.health()).nodes;
      await assert.rejects(deployment.untilReady(), /weights are broken/);
      await using again = await deploy({ ...request, probe: undefined });
      await again.untilReady();
      assert.notEqual(again.endpoints[0]?.nodeName, failed?.nodeName);
    }));

  test("a node that dies later is replaced by the next request", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory));
      await deployment.untilReady();
      const [pid] = await processesOf(directory);
      process.kill(pid ?? 0, "SIGKILL");
      while (deployment.ready) await setImmediate();
      using lease = await deployment.acquire();
      const answered = await ask(lease.endpoint);
      assert.notEqual(answered, pid);
      assert.deepEqual(await processesOf(directory), [answered]);
    }));

  test("delete ends the node for all, and the next deploy starts a new one", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const deployment = await deploy(request);
      await using elsewhere = await deploy(fixtureRequest(directory));
      await Promise.all([deployment.untilReady(), elsewhere.untilReady()]);
      await deployment.delete();
      assert.deepEqual(await processesOf(directory), []);
      assert.deepEqual(await request.store.transaction((transaction) => transaction.listDeployments()), []);
      await assert.rejects(elsewhere.acquire(), DeploymentClosedError);
      await assert.rejects(deployment.acquire(), DeploymentClosedError);
      await deployment.delete();
      await deployment.dispose();
      await using next = await deploy(request);
      await next.untilReady();
    }));

  test("what is kept outlives its last user, until it is deleted", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { keep: true });
      const first = await deploy(request);
      await first.untilReady();
      const { endpoints } = first;
      await first.dispose();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const again = await deploy(request);
      await again.untilReady();
      assert.deepEqual(again.endpoints, endpoints);
      await again.dispose();
      await again.delete();
      assert.deepEqual(await processesOf(directory), []);
    }));

  test("a node ends its lifetime by itself", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(
        fixtureRequest(directory, {}, { keep: true, maxLifetimeSeconds: 1 }),
      );
      await deployment.untilReady();
      await untilNoProcess(directory);
    }));

  test("after dispose it is of no use, and waits end", () =>
    withDirectory(async (directory) => {
      const deployment = await deploy(fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "60000" }));
      const waits = [deployment.untilReady(), deployment.acquire()];
      const ends = waits.map((wait) => assert.rejects(wait, DeploymentClosedError));
      await deployment.dispose();
      await deployment.dispose();
      await Promise.all(ends);
      assert.equal(deployment.ready, false);
      await assert.rejects(deployment.untilReady(), DeploymentClosedError);
      await untilNoProcess(directory);
    }));

  test("whoever waits while it is deleted hears of that, and not of a failure", () =>
    withDirectory(async (directory) => {
      let waits: readonly Promise<unknown>[] = [];
      const provider = new FaultyProvider(new LocalProvider({ directory }), {
        async terminateNode(terminate, id) {
          await terminate(id);
          // The provider's answer takes until everybody has seen that the node is gone.
          await Promise.allSettled(waits);
        },
      });
      const deployment = await deploy(
        fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "60000" }, { provider }),
      );
      waits = [deployment.untilReady(), deployment.acquire()];
      const ends = waits.map((wait) => assert.rejects(wait, DeploymentClosedError));
      await deployment.delete();
      await Promise.all(ends);
    }));

  test("an endless wait does not end at once", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, { FIXTURE_READY_AFTER_MS: "300" }));
      await deployment.untilReady({ timeoutSeconds: Number.POSITIVE_INFINITY });
      assert.equal(deployment.ready, true);
    }));

  test("an endpoint stays usable while it is borrowed from a deployment in use", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory));
      using lease = await deployment.acquire();
      assert.deepEqual([await ask(lease.endpoint)], await processesOf(directory));
    }));
});

test("an attachment is renewed for as long as it lasts", async (context) => {
  await withDirectory(async (directory) => {
    let nowMs = 1_000;
    const store = new MemoryStateStore({ clock: () => nowMs });
    context.mock.timers.enable({ apis: ["setInterval"] });
    const deployment = await deploy(fixtureRequest(directory, {}, { store }));
    const leases = () =>
      store.transaction(async (transaction) =>
        (await transaction.listAttachments(deployment.id)).map(({ leaseExpiresAtMs, pid }) => [
          leaseExpiresAtMs,
          pid,
        ]),
      );
    const advance = (durationMs: number) => {
      nowMs += durationMs;
      context.mock.timers.tick(durationMs);
    };
    assert.deepEqual(await leases(), [[1_000 + 60_000, process.pid]]);
    advance(NOTICE_MS);
    while (!isDeepStrictEqual(await leases(), [[nowMs + 60_000, process.pid]])) await setImmediate();
    await deployment.dispose();
    assert.deepEqual(await leases(), []);
  });
});

test("a deployment that another handle deleted is closed at the next renewal", async (context) => {
  await withDirectory(async (directory) => {
    const request = fixtureRequest(directory);
    context.mock.timers.enable({ apis: ["setInterval"] });
    await using deployment = await deploy(request);
    await (await deploy(request)).delete();
    context.mock.timers.tick(NOTICE_MS);
    await assert.rejects(deployment.untilReady(), /it was deleted; deploy again/);
  });
});
