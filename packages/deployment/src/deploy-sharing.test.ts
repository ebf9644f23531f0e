import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deploy } from "./deploy.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import {
  ask,
  fixtureRequest,
  openDatabase,
  processesOf,
  untilNoProcess,
  withDirectory,
} from "./testing/fixture.ts";
import { read } from "./testing/read-store.ts";

describe("deploying what is there already", { concurrency: 2 }, () => {
  test("the same request again attaches, and the first may leave", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const first = await deploy(request);
      const second = await deploy(request);
      assert.deepEqual([second.id, second.key], [first.id, first.key]);
      await Promise.all([first.untilReady(), second.untilReady()]);
      assert.deepEqual(second.endpoints, first.endpoints);
      await first.dispose();
      using lease = await second.acquire();
      assert.deepEqual(await processesOf(directory), [await ask(lease.endpoint)]);
      await second.dispose();
      await untilNoProcess(directory);
    }));

  test("many at once share one node", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const deployments = await Promise.all(Array.from({ length: 8 }, () => deploy(request)));
      await Promise.all(deployments.map((deployment) => deployment.untilReady()));
      assert.equal((await processesOf(directory)).length, 1);
      assert.equal(new Set(deployments.map(({ id }) => id)).size, 1);
      await Promise.all(deployments.map((deployment) => deployment.dispose()));
      await untilNoProcess(directory);
    }));

  test("programs with one database share one deployment, whichever comes first", () =>
    withDirectory(async (directory) => {
      const stores = await Promise.all(Array.from({ length: 5 }, () => openDatabase(directory)));
      const requests = stores.map((store) => fixtureRequest(directory, {}, { store }));
      const deployments = await Promise.all(requests.map((request) => deploy(request)));
      assert.equal(new Set(deployments.map(({ id }) => id)).size, 1);
      await Promise.all(deployments.map((deployment) => deployment.untilReady()));
      assert.equal((await processesOf(directory)).length, 1);
      for (const deployment of deployments) await deployment.dispose();
      await untilNoProcess(directory);
      const [request] = requests;
      assert(request !== undefined);
      assert.deepEqual(await read(request, (transaction) => transaction.listDeployments()), []);
      for (const store of stores) await store.close();
    }));

  test("once the last has left, the next gets a new node", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using earlier = await deploy(request);
      await earlier.untilReady();
      const [oldEndpoint] = earlier.endpoints;
      await earlier.dispose();
      await untilNoProcess(directory);
      await using other = await deploy(fixtureRequest(directory));
      await other.untilReady();
      await using again = await deploy(request);
      await again.untilReady();
      assert.notDeepEqual(again.endpoints, [oldEndpoint]);
      assert.deepEqual(again.endpoints, other.endpoints);
      assert.equal((await processesOf(directory)).length, 1);
    }));

  test("what decides what runs, and the namespace, make another deployment", () =>
    withDirectory(async (directory) => {
      const base = fixtureRequest(directory);
      const requests = [
        base,
        { ...base, namespace: "other" },
        { ...base, workload: { ...base.workload, env: { MORE: "1" } } },
        { ...base, workload: { ...base.workload, image: "other" } },
      ];
      const deployments = await Promise.all(requests.map((request) => deploy(request)));
      assert.equal(new Set(deployments.map(({ key }) => key)).size, requests.length);
      assert.equal((await processesOf(directory)).length, requests.length);
      const secret = { ...base.workload, secretEnv: { TOKEN: "secret" } };
      const same = await deploy({ ...base, workload: secret, idleTimeoutSeconds: 9, maxLifetimeSeconds: 99 });
      assert.equal(same.key, deployments[0]?.key);
      await Promise.all([...deployments, same].map((deployment) => deployment.dispose()));
    }));

  test("a node that ends between being found and being held is replaced", () =>
    withDirectory(async (directory) => {
      const first = await deploy(fixtureRequest(directory));
      await first.untilReady();
      const [pid] = await processesOf(directory);
      const request = faultyRequest(directory, {
        async holdNode(hold, id) {
          if (id === first.endpoints[0]?.nodeName) {
            await first.dispose();
            await untilNoProcess(directory);
          }
          return hold(id);
        },
      });
      await using second = await deploy(request);
      await second.untilReady();
      using lease = await second.acquire();
      assert.notEqual(await ask(lease.endpoint), pid);
    }));
});
