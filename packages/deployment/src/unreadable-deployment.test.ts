import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { UnreadableDeploymentError } from "./deployment-error.ts";
import { gc } from "./reconcile/gc.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { ask, fixtureRequest, openDatabase, processesOf, withDirectory } from "./testing/fixture.ts";
import { spoilEndpointKey } from "./testing/spoil-endpoint-key.ts";

interface Scene {
  readonly request: DeployRequest;
  /** Id of a deployment that runs, but whose endpoint key nobody can decrypt. */
  readonly unreadable: string;
  readonly pid: number;
  /** Id of one that runs, too. */
  readonly unused: string;
  readonly directory: string;
}

/** Two deployments that nobody uses any more. */
async function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    await using store = await openDatabase(directory);
    const request = fixtureRequest(directory, {}, { store });
    const workload = { ...request.workload, image: "unused" };
    const [{ id: unreadable, pid }, { id: unused }] = await Promise.all([
      leaveRunning(request),
      leaveRunning({ ...request, workload }),
    ]);
    await spoilEndpointKey(directory, unreadable);
    await body({ request, unreadable, pid, unused, directory });
  });
}

async function leaveRunning(request: DeployRequest): Promise<{ readonly id: string; readonly pid: number }> {
  await using deployment = await deploy({ ...request, keep: true });
  await deployment.untilReady();
  const { id } = deployment;
  await request.store.transaction(async (transaction) => {
    const row = await transaction.getDeployment(id);
    assert(row !== undefined);
    // Its node was started to stay.
    await transaction.putDeployment({ ...row, keep: false, idleTimeoutSeconds: 3600 });
  });
  using lease = await deployment.acquire();
  return { id, pid: await ask(lease.endpoint) };
}

const names = (id: string) => (error: unknown) =>
  UnreadableDeploymentError.isInstance(error) && error.deploymentId === id && error.message.includes(id);

describe("a deployment whose endpoint key cannot be decrypted", { concurrency: 2 }, () => {
  test("is listed and named, and keeps neither reconcile nor gc from the others", () =>
    withScene(async ({ request: { store, provider }, unreadable, pid, unused, directory }) => {
      const rows = await store.transaction((transaction) => transaction.listDeployments());
      const keyless = rows.filter(({ endpointKey }) => endpointKey === undefined).map(({ id }) => id);
      assert.deepEqual([rows.length, keyless], [2, [unreadable]]);

      const reconciled = await reconcile({ store, providers: [provider] });
      assert.equal(reconciled.errors.length, 1);
      assert(names(unreadable)(reconciled.errors[0]));

      const dry = await gc({ store, providers: [provider], dryRun: true });
      const collected = await gc({ store, providers: [provider] });
      for (const report of [dry, collected]) {
        assert.deepEqual(
          report.unreadable.map(({ id }) => id),
          [unreadable],
        );
        assert.deepEqual(
          report.unused.map(({ id }) => id),
          [unused],
        );
        assert.deepEqual(report.orphans, []);
      }
      assert(collected.errors.length === 1 && names(unreadable)(collected.errors[0]));
      assert.doesNotMatch(inspect(dry, { depth: null }), /endpointKey/);
      assert.deepEqual(await processesOf(directory), [pid]);
      assert.equal((await store.transaction((transaction) => transaction.listNodes(unreadable))).length, 1);
    }));

  test("cannot be deployed, and is ended by nobody but who names it", () =>
    withScene(async ({ request, unreadable, pid, directory }) => {
      const { store, provider } = request;
      await assert.rejects(deploy(request), names(unreadable));
      await gc({ store, providers: [provider], unreadable: ["another"] });
      assert.deepEqual(await processesOf(directory), [pid]);

      const report = await gc({ store, providers: [provider], unreadable: [unreadable] });
      assert.deepEqual(report.errors, []);
      assert.deepEqual(
        report.unreadable.map(({ id }) => id),
        [unreadable],
      );
      assert.deepEqual(await processesOf(directory), []);
      assert.deepEqual(await store.transaction((transaction) => transaction.listDeployments()), []);

      await using again = await deploy(request);
      await again.untilReady();
      assert.notEqual(again.id, unreadable);
    }));

  test("goes on for who uses it already, who can delete it", () =>
    withDirectory(async (directory) => {
      await using store = await openDatabase(directory);
      const deployment = await deploy(fixtureRequest(directory, {}, { store }));
      await deployment.untilReady();
      await spoilEndpointKey(directory, deployment.id);
      await assert.rejects(deployment.scale(2), names(deployment.id));
      const lease = await deployment.acquire();
      assert.deepEqual(await processesOf(directory), [await ask(lease.endpoint)]);
      lease.release();
      await deployment.delete();
      assert.deepEqual(await store.transaction((transaction) => transaction.listDeployments()), []);
      assert.deepEqual(await processesOf(directory), []);
    }));
});
