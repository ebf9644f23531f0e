import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProviderError } from "@conduit/types";
import { deploy } from "./deploy.ts";
import { DeploymentFailedError } from "./deployment-error.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import { ask, processesOf, withDirectory } from "./testing/fixture.ts";
import { read } from "./testing/read-store.ts";

describe("deploying at a provider that does not answer", { concurrency: 2 }, () => {
  test("an answer that was lost is looked up until the node is visible", () =>
    withDirectory(async (directory) => {
      let createdAtMs = Number.POSITIVE_INFINITY;
      const request = faultyRequest(directory, {
        capabilities: { visibilityWindowMs: 10_000 },
        async createNode(create, spec) {
          await create(spec);
          createdAtMs = performance.now();
          throw new ProviderError("no answer", { provider: "LOCAL", outcome: "maybe", retry: "later" });
        },
        async listNodes(list, namePrefix) {
          return performance.now() - createdAtMs > 600 ? list(namePrefix) : [];
        },
      });
      await using deployment = await deploy(request);
      await deployment.untilReady();
      using lease = await deployment.acquire();
      assert.deepEqual(await processesOf(directory), [await ask(lease.endpoint)]);
    }));

  test("names of nodes that never show up are given up and remembered, and after a few the deployment is", () =>
    withDirectory(async (directory) => {
      const names: string[] = [];
      const failure = new ProviderError("no answer", { provider: "LOCAL", outcome: "maybe", retry: "later" });
      const request = faultyRequest(directory, {
        capabilities: { visibilityWindowMs: 200 },
        async createNode(_, spec) {
          names.push(spec.name);
          throw failure;
        },
      });
      await assert.rejects(deploy(request), (error) => {
        assert(DeploymentFailedError.isInstance(error));
        assert.equal(error.failure, "no answer");
        return true;
      });
      assert.equal(names.length, 3);
      const tombstones = await read(request, (transaction) => transaction.listTombstones());
      assert.deepEqual(
        tombstones.map(({ nodeName, provider, reason }) => ({ nodeName, provider, reason })),
        names.map((nodeName) => ({
          nodeName,
          provider: "LOCAL",
          reason: "it was asked for and never seen",
        })),
      );
      assert.deepEqual(await read(request, (transaction) => transaction.listDeployments()), []);
    }));

  test("one of two nodes that fails is asked for again", () =>
    withDirectory(async (directory) => {
      let count = 0;
      const failure = new ProviderError("not now", { provider: "LOCAL", outcome: "none", retry: "later" });
      const request = faultyRequest(directory, {
        createNode: (create, spec) => (++count === 2 ? Promise.reject(failure) : create(spec)),
      });
      await using deployment = await deploy({ ...request, replicas: 2 });
      await deployment.untilReady();
      assert.equal(count, 3);
      assert.equal((await processesOf(directory)).length, 2);
    }));
});
