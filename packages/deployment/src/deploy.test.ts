import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NodeSpec } from "@conduit/types";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";
import { eventsOf, read } from "./testing/read-store.ts";

describe("deploy", { concurrency: 2 }, () => {
  test("starts a node that demands the deployment's key, and that ends when it is disposed", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const deployment = await deploy(request);
      assert.equal(deployment.status, "DEPLOYING");
      await deployment.untilReady();
      assert.equal(deployment.status, "DEPLOYED");
      assert.equal(deployment.ready, true);
      const [endpoint] = deployment.endpoints;
      assert(endpoint !== undefined);
      assert.match(endpoint.key, /^[\w-]{43}$/);
      assert.deepEqual(await processesOf(directory), [await ask(endpoint)]);
      await assert.rejects(ask({ ...endpoint, key: "another" }), /401/);
      await deployment.dispose();
      await untilNoProcess(directory);
    }));

  test("writes what it is about to do before it does it", () =>
    withDirectory(async (directory) => {
      let seen: NodeSpec | undefined;
      const request: DeployRequest = faultyRequest(directory, {
        async createNode(create, spec) {
          seen = spec;
          await read(request, async (transaction) => {
            const [row] = await transaction.listDeployments();
            assert.equal(row?.status, "DEPLOYING");
            assert.equal(row?.endpointKey, spec.workload.secretEnv.FIXTURE_KEY);
            assert.deepEqual(
              (await transaction.listNodes(row?.id ?? "")).map(({ name, status }) => [name, status]),
              [[spec.name, "PROVISIONING"]],
            );
            assert.equal((await transaction.listAttachments(row?.id ?? "")).length, 1);
          });
          assert.deepEqual(await eventsOf(request), ["deployment-create intent", "node-create intent"]);
          return create(spec);
        },
      });
      await using deployment = await deploy(request);
      assert.match(
        seen?.name ?? "",
        new RegExp(`^conduit-01234567-${deployment.key.slice(0, 8)}-[0-9a-f]{8}$`),
      );
      await deployment.untilReady();
      await read(request, async (transaction) => {
        const row = await transaction.getDeployment(deployment.id);
        assert.equal(row?.status, "DEPLOYED");
        assert.doesNotMatch(JSON.stringify(row?.spec), new RegExp(row?.endpointKey ?? "^"));
        const [node] = await transaction.listNodes(deployment.id);
        assert.equal(node?.status, "DEPLOYED");
        assert.equal(node?.externalId, seen?.name);
      });
      assert.deepEqual((await eventsOf(request)).slice(2), ["node-create done", "deployment-status done"]);
    }));

  test("what the workload takes of its machine reaches the provider, and decides nothing about what runs", () =>
    withDirectory(async (directory) => {
      const made: NodeSpec[] = [];
      const request = faultyRequest(directory, {
        createNode: (create, spec) => {
          made.push(spec);
          return create(spec);
        },
      });
      const requiring = (bytes: number): DeployRequest => ({
        ...request,
        workload: {
          ...request.workload,
          requirements: { downloads: [{ id: "org/model", bytes }], vramBytes: () => bytes },
        },
      });
      await using deployment = await deploy(requiring(7));
      await using attached = await deploy(requiring(8));
      await using unknowing = await deploy(request);
      assert.equal(attached.key, deployment.key);
      assert.equal(unknowing.id, deployment.id);
      const [spec, ...others] = made;
      assert(spec !== undefined);
      assert.equal(others.length, 0);
      assert.deepEqual(spec.workload.requirements?.downloads, [{ id: "org/model", bytes: 7 }]);
      assert.equal(spec.workload.requirements?.vramBytes?.(spec.offering), 7);
    }));

  test("starts as many nodes as there shall be replicas", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { replicas: 2 });
      await using deployment = await deploy(request);
      await using attached = await deploy(fixtureRequest(directory, {}, { replicas: 2 }));
      await Promise.all([deployment.untilReady(), attached.untilReady()]);
      assert.equal((await processesOf(directory)).length, 2);
      const names = (endpoints: typeof deployment.endpoints) =>
        endpoints.map(({ nodeName }) => nodeName).sort();
      assert.deepEqual(names(attached.endpoints), names(deployment.endpoints));
    }));

  test("a deletion that was interrupted is finished first", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const first = await deploy(request);
      await first.untilReady();
      const [pid] = await processesOf(directory);
      await read(request, async (transaction) => {
        const row = await transaction.getDeployment(first.id);
        assert(row !== undefined);
        await transaction.putDeployment({ ...row, status: "DELETING" });
      });
      await using second = await deploy(request);
      assert.notEqual(second.id, first.id);
      await second.untilReady();
      assert.notDeepEqual(await processesOf(directory), [pid]);
    }));
});
