import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { openStateStore, StateStoreClosedError } from "@conduit/state";
import { type NodeSpec, ProviderError, type StateTransaction } from "@conduit/types";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import type { Deployment } from "./deployment.ts";
import { InvalidDeployRequestError, NodeFailedError } from "./deployment-error.ts";
import { type Faults, FaultyProvider } from "./testing/faulty-provider.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";

const read = <T>(request: DeployRequest, body: (transaction: StateTransaction) => Promise<T>): Promise<T> =>
  request.store.transaction(body);

const eventsOf = async (request: DeployRequest) =>
  (await read(request, (transaction) => transaction.listEvents())).map(
    ({ action, outcome }) => `${action} ${outcome}`,
  );

function faultyRequest(directory: string, faults: Faults, env: Record<string, string> = {}): DeployRequest {
  return fixtureRequest(directory, env, {
    provider: new FaultyProvider(new LocalProvider({ directory }), faults),
  });
}

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
      const uri = `sqlite:///${directory}/conduit.db`;
      const stores = await Promise.all(Array.from({ length: 5 }, () => openStateStore({ uri })));
      const requests = stores.map((store) => fixtureRequest(directory, {}, { store }));
      const deployments = await Promise.all(requests.map((request) => deploy(request)));
      assert.equal(new Set(deployments.map(({ id }) => id)).size, 1);
      await Promise.all(deployments.map((deployment) => deployment.untilReady()));
      assert.equal((await processesOf(directory)).length, 1);
      for (const deployment of deployments) await deployment.dispose();
      await untilNoProcess(directory);
      const [request] = requests;
      assert(request !== undefined);
      const [row, ...others] = await read(request, (transaction) => transaction.listDeployments());
      assert.deepEqual([row?.id, row?.gpuCount, others], [deployments[0]?.id, 0, []]);
      assert.deepEqual(await read(request, (transaction) => transaction.listAttachments(row?.id ?? "")), []);
      for (const store of stores) await store.close();
    }));

  test("does not start a second node when another is there since the provider was asked", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      let first: Deployment | undefined;
      const late = new FaultyProvider(new LocalProvider({ directory }), {
        async listNodes(list, namePrefix) {
          const nodes = await list(namePrefix);
          first ??= await deploy(request);
          return nodes;
        },
      });
      const second = await deploy({ ...request, provider: late });
      assert(first !== undefined);
      await Promise.all([first.untilReady(), second.untilReady()]);
      assert.deepEqual(second.endpoints, first.endpoints);
      assert.equal((await processesOf(directory)).length, 1);
      await first.dispose();
      await second.dispose();
      await untilNoProcess(directory);
    }));

  test("finds the node of another program by its name, and uses its key", () =>
    withDirectory(async (directory) => {
      const first = await deploy(fixtureRequest(directory));
      await first.untilReady();
      const second = await deploy(fixtureRequest(directory));
      await second.untilReady();
      assert.notEqual(second.id, first.id);
      assert.deepEqual(second.endpoints, first.endpoints);
      await first.dispose();
      using lease = await second.acquire();
      assert.deepEqual(await processesOf(directory), [await ask(lease.endpoint)]);
      await second.dispose();
      await untilNoProcess(directory);
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

  test("a running node that the store takes no note of is not held", () =>
    withDirectory(async (directory) => {
      const first = await deploy(fixtureRequest(directory));
      await first.untilReady();
      const request: DeployRequest = faultyRequest(directory, {
        async holdNode(hold, id) {
          const held = await hold(id);
          await request.store.close();
          return held;
        },
      });
      await assert.rejects(deploy(request), StateStoreClosedError);
      await first.dispose();
      await untilNoProcess(directory);
    }));

  test("what a failed deploy cannot clean up does not hide why it failed", () =>
    withDirectory(async (directory) => {
      const request = faultyRequest(directory, {
        holdNode: () => Promise.reject(new Error("no hold")),
        terminateNode: () => Promise.reject(new Error("no end")),
      });
      await assert.rejects(deploy(request), /no hold/);
    }));

  test("a node that was refused leaves nothing", () =>
    withDirectory(async (directory) => {
      const refusal = new ProviderError("no machine left", {
        provider: "LOCAL",
        outcome: "none",
        retry: "next-offering",
      });
      const request = faultyRequest(directory, { createNode: () => Promise.reject(refusal) });
      await assert.rejects(deploy(request), refusal);
      await read(request, async (transaction) => {
        assert.deepEqual(await transaction.listDeployments(), []);
        assert.deepEqual(await transaction.listTombstones(), []);
      });
      assert.deepEqual(await eventsOf(request), [
        "deployment-create intent",
        "node-create intent",
        "node-create failed",
        "deployment-create failed",
      ]);
    }));

  test("a program that is not there is refused by name", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const absent = { executable: "/absent/program", arguments: [] };
      const workload = { ...request.workload, process: absent };
      await assert.rejects(deploy({ ...request, workload }), /\/absent\/program/);
    }));

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

  test("a node that never shows up is given up, and its name remembered", () =>
    withDirectory(async (directory) => {
      let name: string | undefined;
      const failure = new ProviderError("no answer", { provider: "LOCAL", outcome: "maybe", retry: "later" });
      const request = faultyRequest(directory, {
        capabilities: { visibilityWindowMs: 500 },
        async createNode(_, spec) {
          name = spec.name;
          throw failure;
        },
      });
      await assert.rejects(deploy(request), failure);
      const tombstones = await read(request, (transaction) => transaction.listTombstones());
      assert.deepEqual(
        tombstones.map(({ nodeName, provider, reason }) => ({ nodeName, provider, reason })),
        [{ nodeName: name, provider: "LOCAL", reason: "no answer" }],
      );
      assert.deepEqual(await read(request, (transaction) => transaction.listDeployments()), []);
    }));

  test("one of two nodes that fails takes the other with it", () =>
    withDirectory(async (directory) => {
      let count = 0;
      const failure = new ProviderError("no machine left", {
        provider: "LOCAL",
        outcome: "none",
        retry: "later",
      });
      const request = faultyRequest(directory, {
        createNode: (create, spec) => (++count === 2 ? Promise.reject(failure) : create(spec)),
      });
      await assert.rejects(deploy({ ...request, replicas: 2 }), failure);
      await untilNoProcess(directory);
    }));

  test("an aborted deploy leaves no node, whenever the signal comes", () =>
    withDirectory(async (directory) => {
      const reason = new Error("enough");
      for (const keep of [false, true]) {
        for (const moment of ["before", "after"]) {
          const controller = new AbortController();
          const request = faultyRequest(directory, {
            async createNode(create, spec) {
              if (moment === "before") controller.abort(reason);
              const node = await create(spec);
              controller.abort(reason);
              return node;
            },
          });
          await assert.rejects(deploy({ ...request, keep }, { signal: controller.signal }), reason);
          await untilNoProcess(directory);
        }
      }
    }));

  test("a node that ends at once fails with the end of its log", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const broken = { executable: "/bin/sh", arguments: ["-c", "echo cannot start; exit 7"] };
      await assert.rejects(
        async () => {
          await using deployment = await deploy({
            ...request,
            workload: { ...request.workload, process: broken },
          });
          await deployment.untilReady();
        },
        (error) => {
          assert(NodeFailedError.isInstance(error));
          assert.match(error.message, /exit code 7.*cannot start/s);
          return true;
        },
      );
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

  test("what cannot be deployed is refused with what to do", () =>
    withDirectory(async (directory) => {
      const base = fixtureRequest(directory);
      const refused = (change: Partial<DeployRequest>, message: RegExp) =>
        assert.rejects(deploy({ ...base, ...change }), (error) => {
          assert(InvalidDeployRequestError.isInstance(error));
          assert.match(error.message, message);
          return true;
        });
      await refused({ replicas: 0 }, /replicas from 1 on, but found 0/);
      await refused({ replicas: 1.5 }, /found 1.5/);
      await refused({ idleTimeoutSeconds: -1 }, /idleTimeoutSeconds/);
      await refused({ maxLifetimeSeconds: Number.NaN }, /maxLifetimeSeconds/);
      await refused({ workload: { ...base.workload, env: { FIXTURE_KEY: "mine" } } }, /leave FIXTURE_KEY/);
      await refused({ workload: { ...base.workload, process: undefined } }, /container only/);
      assert.deepEqual(await eventsOf(base), []);
    }));
});
