import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { systemClock } from "./clock.ts";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deployment.ts";
import {
  DeploymentExistsError,
  DeploymentStoppedError,
  InvalidDeployRequestError,
} from "./deployment-error.ts";
import { gc } from "./reconcile/gc.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";

const namesOf = ({ endpoints }: Deployment) => endpoints.map(({ nodeName }) => nodeName).sort();

async function answerOf(deployment: Deployment): Promise<number> {
  using lease = await deployment.acquire();
  return ask(lease.endpoint);
}

describe("operations", { concurrency: 2 }, () => {
  test("scale changes the number of nodes, and keeps those that it can", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory));
      await deployment.untilReady();
      const first = namesOf(deployment);
      await deployment.scale(3);
      await deployment.untilReady();
      assert.equal((await processesOf(directory)).length, 3);
      assert.ok(first.every((name) => namesOf(deployment).includes(name)));
      await deployment.scale(1);
      assert.equal((await processesOf(directory)).length, 1);
      await deployment.scale(0);
      assert.deepEqual(await processesOf(directory), []);
      await assert.rejects(deployment.scale(-1), InvalidDeployRequestError);
      await deployment.scale(1);
      await answerOf(deployment);
      assert.equal((await processesOf(directory)).length, 1);
    }));

  test("a node that scaling ends answers what it has begun", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, {}, { replicas: 2 }));
      await deployment.untilReady();
      const leases = [await deployment.acquire(), await deployment.acquire()];
      const scaled = deployment.scale(1);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const { endpoint } of leases) await ask(endpoint);
      for (const lease of leases) lease.release();
      await scaled;
      assert.equal((await processesOf(directory)).length, 1);
    }));

  test("update brings up new nodes before the old ones go", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, { VERSION: "1" });
      await using deployment = await deploy(request);
      await deployment.untilReady();
      const { key } = deployment;
      const before = namesOf(deployment);
      const update = deployment.update({
        workload: { ...request.workload, env: { VERSION: "2", FIXTURE_READY_AFTER_MS: "500" } },
      });
      const answers = new Set<number>();
      let isUpdating = true;
      const asking = (async () => {
        while (isUpdating) answers.add(await answerOf(deployment));
      })();
      await update;
      isUpdating = false;
      await asking;
      assert.notEqual(deployment.key, key);
      assert.equal(deployment.status, "DEPLOYED");
      assert.ok(namesOf(deployment).every((name) => !before.includes(name)));
      assert.deepEqual(await processesOf(directory), [await answerOf(deployment)]);
      assert.equal(answers.size, 2);
    }));

  test("an update whose nodes fail leaves everything as it was", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using deployment = await deploy(request);
      await deployment.untilReady();
      const { key } = deployment;
      const pid = await answerOf(deployment);
      const broken = { ...request.workload, env: { FIXTURE_MODEL_FAILURE: "weights are broken" } };
      await assert.rejects(deployment.update({ workload: broken }), /weights are broken/);
      assert.equal(deployment.key, key);
      assert.equal(await answerOf(deployment), pid);
      await deployment.untilReady();
      assert.deepEqual(await processesOf(directory), [pid]);
    }));

  test("an update to what runs already is refused", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const workload = { ...request.workload, env: { VERSION: "2" } };
      await using deployment = await deploy(request);
      await using other = await deploy({ ...request, workload });
      await assert.rejects(deployment.update({ workload }), (error) => {
        assert(DeploymentExistsError.isInstance(error));
        assert.match(error.message, new RegExp(other.id));
        return true;
      });
      await deployment.untilReady();
    }));

  test("a stopped deployment has no nodes until a request wakes it", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using deployment = await deploy(request);
      await deployment.untilReady();
      await deployment.stop();
      assert.equal(deployment.status, "STOPPED");
      assert.deepEqual(await processesOf(directory), []);
      await assert.rejects(deployment.acquire({ wake: false }), DeploymentStoppedError);
      await answerOf(deployment);
      await deployment.untilReady();
      assert.equal(deployment.status, "DEPLOYED");
      await deployment.stop();
      await using again = await deploy(request);
      assert.equal(again.id, deployment.id);
      await again.untilReady();
    }));

  test("restart replaces the nodes", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory));
      const pid = await answerOf(deployment);
      await deployment.restart();
      const answered = await answerOf(deployment);
      assert.notEqual(answered, pid);
      assert.deepEqual(await processesOf(directory), [answered]);
    }));

  test("health tells of each node, and cost of what it comes to", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(
        fixtureRequest(
          directory,
          {},
          {
            replicas: 2,
            offering: {
              id: "dear",
              provider: "LOCAL",
              gpuCount: 0,
              priceMicroDollarsPerHour: 3_600_000_000,
              spot: false,
            },
          },
        ),
      );
      await deployment.untilReady();
      using lease = await deployment.acquire();
      const health = await deployment.health();
      assert.equal(health.status, "DEPLOYED");
      assert.deepEqual(
        health.nodes
          .map(({ status, ready, outstanding, nodeName }) => [
            status,
            ready,
            outstanding,
            nodeName === lease.endpoint.nodeName,
          ])
          .sort(),
        [
          ["DEPLOYED", true, 0, false],
          ["DEPLOYED", true, 1, true],
        ],
      );
      // The plan is the machine's price, but this provider says that its nodes cost nothing.
      assert.deepEqual(await deployment.cost(), {
        spentMicroDollars: 0,
        actualMicroDollarsPerHour: 0,
        plannedMicroDollarsPerHour: 7_200_000_000,
      });
    }));

  test("logs come with the name of their node", () =>
    withDirectory(async (directory) => {
      await using deployment = await deploy(fixtureRequest(directory, {}, { replicas: 2 }));
      await deployment.untilReady();
      const nodes = new Set<string>();
      for await (const { nodeName, line } of deployment.logs()) {
        nodes.add(nodeName);
        assert.equal(typeof line, "string");
      }
      assert.deepEqual(
        [...nodes].filter((name) => !namesOf(deployment).includes(name)),
        [],
      );
    }));

  test("gc ends what nobody uses, and nothing else", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const { store, provider } = request;
      await using used = await deploy(request);
      const left = await deploy({ ...request, keep: true, workload: { ...request.workload, image: "left" } });
      await Promise.all([used.untilReady(), left.untilReady()]);
      await left.dispose();
      await store.transaction(async (transaction) => {
        const row = await transaction.getDeployment(left.id);
        assert(row !== undefined);
        await transaction.putDeployment({ ...row, keep: false });
      });
      const dry = await gc({ store, providers: [provider], dryRun: true });
      assert.deepEqual(
        dry.unused.map(({ id }) => id),
        [left.id],
      );
      assert.equal((await processesOf(directory)).length, 2);
      const report = await gc({ store, providers: [provider] });
      assert.deepEqual(report.errors, []);
      assert.deepEqual(
        report.unused.map(({ id }) => id),
        [left.id],
      );
      assert.deepEqual(await processesOf(directory), [await answerOf(used)]);
      const rows = await store.transaction((transaction) => transaction.listDeployments());
      assert.deepEqual(
        rows.map(({ id }) => id),
        [used.id],
      );
    }));

  test("a node that no row names is an orphan and goes; one of another store stays", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { keep: true });
      const { store, provider } = request;
      const deployment = await deploy(request);
      await deployment.untilReady();
      await store.transaction((transaction) => transaction.removeDeployment(deployment.id));
      const foreign = await reconcile({ store: new MemoryStateStore(), providers: [provider] });
      assert.deepEqual(foreign.errors, []);
      assert.equal((await processesOf(directory)).length, 1);
      const report = await reconcile({ store, providers: [provider] });
      assert.deepEqual(
        report.events.map(({ action, outcome }) => `${action} ${outcome}`),
        ["node-orphan done", "node-delete intent", "node-delete done"],
      );
      await untilNoProcess(directory);
    }));
});

test("an end that ends nothing is asked for again, but not without a pause", () =>
  withDirectory(async (directory) => {
    let asked = 0;
    let pauses = 0;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      terminateNode: async (terminate, id) => {
        if (++asked > 8) await terminate(id);
      },
    });
    const sleep = async (_: number, signal?: AbortSignal) => {
      pauses++;
      await systemClock.sleep(1, signal);
    };
    const clock = { nowMs: () => systemClock.nowMs(), sleep };
    // Kept, so that it does not end with the handle that deletes it.
    const request = fixtureRequest(directory, {}, { provider, clock, keep: true });
    const deployment = await deploy(request);
    await deployment.untilReady();
    pauses = 0;
    await deployment.delete();
    assert.equal(asked, 9);
    assert.ok(pauses >= 3, `${pauses} pauses`);
    assert.deepEqual(await processesOf(directory), []);
  }));

test("a deployment that follows its load wakes for a request, and grows for many", () =>
  withDirectory(async (directory) => {
    const replicas = { min: 0, max: 2, targetOutstanding: 2 };
    await using deployment = await deploy(fixtureRequest(directory, {}, { replicas }));
    await deployment.untilReady();
    assert.equal(deployment.replicas, 1);
    const leases = await Promise.all(Array.from({ length: 4 }, () => deployment.acquire()));
    // The load is looked at every few seconds.
    while (deployment.replicas < 2) await new Promise((resolve) => setTimeout(resolve, 100));
    await deployment.untilReady();
    assert.equal((await processesOf(directory)).length, 2);
    for (const lease of leases) lease.release();
    await deployment.scale(0);
    await assert.rejects(deployment.acquire({ wake: false }), DeploymentStoppedError);
    await answerOf(deployment);
    assert.equal((await processesOf(directory)).length, 1);
  }));

test("a node that dies beside another is replaced without being asked for, and gets requests", () =>
  withDirectory(async (directory) => {
    await using deployment = await deploy(fixtureRequest(directory, {}, { replicas: 2 }));
    await deployment.untilReady();
    const [victim] = await processesOf(directory);
    process.kill(victim ?? 0, "SIGKILL");
    const answers = new Set<number>();
    while (answers.size < 2) {
      const leases = [await deployment.acquire(), await deployment.acquire()];
      for (const { endpoint } of leases) answers.add(await ask(endpoint).catch(() => victim ?? 0));
      answers.delete(victim ?? 0);
      for (const lease of leases) lease.release();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal((await deployment.health()).nodes.filter(({ status }) => status === "DEPLOYED").length, 2);
  }));
