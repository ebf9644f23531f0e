import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { type ComputeOffering, type NodeSpec, ProviderError, type StateTransaction } from "@conduit/types";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import {
  DeploymentFailedError,
  InvalidDeployRequestError,
  NoCapacityError,
  NodeFailedError,
} from "./deployment-error.ts";
import { type Faults, FaultyProvider } from "./testing/faulty-provider.ts";
import {
  ask,
  fixtureRequest,
  openDatabase,
  processesOf,
  untilNoProcess,
  withDirectory,
} from "./testing/fixture.ts";

const read = <T>(request: DeployRequest, body: (transaction: StateTransaction) => Promise<T>): Promise<T> =>
  request.store.transaction(body);

const eventsOf = async (request: DeployRequest) =>
  (await read(request, (transaction) => transaction.listEvents())).map(
    ({ action, outcome }) => `${action} ${outcome}`,
  );

function offering(id: string, dollarsPerHour: number): ComputeOffering {
  const priceMicroDollarsPerHour = dollarsPerHour * 1e6;
  return { id, provider: "LOCAL", gpuCount: 0, priceMicroDollarsPerHour, spot: false };
}

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

  test("what a failed deploy cannot clean up does not hide why it failed", () =>
    withDirectory(async (directory) => {
      const request = faultyRequest(directory, {
        holdNode: () => Promise.reject(new Error("no hold")),
        terminateNode: () => Promise.reject(new Error("no end")),
      });
      await assert.rejects(deploy(request), /no hold/);
    }));

  test("a machine that cannot be had is told by name and price, and leaves nothing", () =>
    withDirectory(async (directory) => {
      const refusal = new ProviderError("no machine left", {
        provider: "LOCAL",
        outcome: "none",
        retry: "next-offering",
      });
      const request = faultyRequest(directory, { createNode: () => Promise.reject(refusal) });
      await assert.rejects(
        deploy({ ...request, offerings: [offering("a", 0.5), offering("b", 0.7)] }),
        (error) => {
          assert(NoCapacityError.isInstance(error));
          assert.match(
            error.message,
            /a at \$0.5 an hour: no machine left\n {2}b at \$0.7 an hour: no machine left/,
          );
          assert.equal(error.cause, refusal);
          return true;
        },
      );
      await read(request, async (transaction) => {
        assert.deepEqual(await transaction.listDeployments(), []);
        assert.deepEqual(await transaction.listTombstones(), []);
      });
      assert.deepEqual(await eventsOf(request), [
        "deployment-create intent",
        "node-create intent",
        "node-create failed",
        "node-create intent",
        "node-create failed",
        "deployment-delete intent",
        "deployment-delete done",
      ]);
    }));

  test("the next machine is taken where the first cannot be had", () =>
    withDirectory(async (directory) => {
      const asked: string[] = [];
      const request = faultyRequest(directory, {
        createNode(create, spec) {
          asked.push(spec.offering.id);
          if (spec.offering.id !== "c") {
            throw new ProviderError("no machine left", {
              provider: "LOCAL",
              outcome: "none",
              retry: "next-offering",
            });
          }
          return create(spec);
        },
      });
      const offerings = [offering("a", 0.5), offering("b", 0.7), offering("c", 0.9)];
      const messages: string[] = [];
      await using deployment = await deploy(
        { ...request, offerings },
        { onProgress: ({ message }) => messages.push(message) },
      );
      await deployment.untilReady();
      assert.deepEqual(asked, ["a", "b", "c"]);
      assert.match(messages.join("\n"), /a cannot be had now \(no machine left\); b is next/);
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
          // Depending on whether the node ends before or after the provider has said that it runs.
          assert(NodeFailedError.isInstance(error) || DeploymentFailedError.isInstance(error));
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
      await refused({ replicas: -1 }, /replicas from 0 on, but found -1/);
      await refused({ replicas: 1.5 }, /found 1.5/);
      await refused({ idleTimeoutSeconds: -1 }, /idleTimeoutSeconds/);
      await refused({ maxLifetimeSeconds: Number.NaN }, /maxLifetimeSeconds/);
      await refused({ workload: { ...base.workload, env: { FIXTURE_KEY: "mine" } } }, /leave FIXTURE_KEY/);
      const withSecrets = (secretEnv: Record<string, string>) => ({
        workload: { ...base.workload, secretEnv },
      });
      await refused(withSecrets({ "": "quiet" }), /can have variables of, but found ""$/);
      await refused(
        withSecrets({ TOKEN: "quiet\0" }),
        /but TOKEN has a NUL in it; encode it, such as in base64$/,
      );
      await refused({ workload: { ...base.workload, process: undefined } }, /container only/);
      assert.deepEqual(await eventsOf(base), []);
    }));
});
