import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, create, namesOf, podRequest, ServerFixture, statusOf } from "./fixture.ts";
import { someGpus } from "./world/stock.ts";

describe("a pod", () => {
  test("goes through its states, and says what can be done to it", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.start({ provisioningMs: 1_000, startingMs: 500 });
    const created = await ask(server, "POST", "/v2/pods", {
      body: { ...podRequest, env: { KEY: "value" }, gpu: { id: "NVIDIA L4", count: 2 } },
    });
    assert.equal(created.status, 201);
    const { id = "", status, actions, cost, env, gpu, runtime, startedAt, createdAt } = created.body;
    assert.deepEqual([status, actions, cost], ["PROVISIONING", ["stop", "terminate"], 0]);
    assert.deepEqual([env, gpu], [{ KEY: "value" }, { id: "NVIDIA L4", count: 2 }]);
    assert.deepEqual([runtime, startedAt, createdAt], [null, null, "2026-01-01T00:00:00Z"]);
    fixture.clock.advance(1_000);
    assert.equal(await statusOf(server, id), "STARTING");
    fixture.clock.advance(3_500);
    const { body } = await ask(server, "GET", `/v2/pods/${id}`);
    assert.deepEqual([body.status, body.actions], ["RUNNING", ["stop", "restart", "terminate"]]);
    // Two GPUs at 0.39 dollars, and 72 GB of disk at 0.1 dollars for 720 hours.
    assert.deepEqual([body.cost, body.runtime?.uptime, body.startedAt], [0.79, 3, "2026-01-01T00:00:01Z"]);
    assert.deepEqual(server.world.violations(), []);
  });

  test("is stopped, started, restarted and terminated, as far as its state allows", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.start();
    const id = await create(server);
    fixture.clock.advance(200);
    const act = async (action: string) => {
      const { status, body } = await ask(server, "POST", `/v2/pods/${id}/action`, { body: { action } });
      return status === 200 ? body.status : status;
    };
    assert.equal(await act("start"), 409);
    assert.equal(await act("stop"), "EXITED");
    assert.equal((await ask(server, "GET", `/v2/pods/${id}`)).body.cost, 0);
    assert.deepEqual([await act("stop"), await act("restart")], [409, 409]);
    assert.equal(await act("start"), "STARTING");
    fixture.clock.advance(100);
    assert.equal(await act("restart"), "STARTING");
    assert.equal(await act("terminate"), 204);
    assert.deepEqual(
      [await statusOf(server, id), await namesOf(server), await act("terminate")],
      [404, [], 404],
    );
    const other = await create(server, { name: "a-2" });
    assert.equal((await ask(server, "DELETE", `/v2/pods/${other}`)).status, 204);
    assert.equal((await ask(server, "DELETE", `/v2/pods/${other}`)).status, 404);
    assert.deepEqual([server.world.living(), server.world.violations()], [[], []]);
  });

  test("may have a name that another has, and the world remembers", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.start();
    await create(server);
    await create(server);
    fixture.clock.advance(1);
    server.world.plant("b-1");
    assert.deepEqual(await namesOf(server), ["a-1", "a-1", "b-1"]);
    assert.deepEqual(
      [...server.world.createdByName()],
      [
        ["a-1", 2],
        ["b-1", 1],
      ],
    );
    server.world.kill("a-1");
    assert.deepEqual(await namesOf(server), ["b-1"]);
  });

  test("costs its GPUs while it runs, and its disks as long as there are any", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.start({ provisioningMs: 0, startingMs: 0 });
    const id = await create(server, { disk: 72, mounts: { persistent: { size: 72, path: "/workspace" } } });
    const hourMs = 3_600_000;
    const costs = async (change: () => Promise<unknown>) => {
      const before = server.world.costMicroDollars();
      fixture.clock.advance(hourMs);
      await change();
      return Math.round(server.world.costMicroDollars() - before);
    };
    const act = (action: string) => () => ask(server, "POST", `/v2/pods/${id}/action`, { body: { action } });
    assert.equal(await costs(act("stop")), 390_000 + 10_000 + 10_000);
    assert.equal(await costs(act("start")), 20_000);
    assert.equal(await costs(act("terminate")), 410_000);
    assert.equal(await costs(async () => {}), 0);
  });

  test("is placed where there is such a machine, or refused", async () => {
    await using fixture = new ServerFixture();
    const gpus = someGpus.map((gpu) => ({
      ...gpu,
      dataCenterIds: ["US-KS-2"],
      price: { secure: 1, community: 0 },
    }));
    const server = await fixture.start({ gpus });
    const tryIt = async (change: object) => {
      const { status, body } = await ask(server, "POST", "/v2/pods", { body: { ...podRequest, ...change } });
      return status === 201 ? [body.dataCenterId, body.cudaVersion] : status;
    };
    const id = "NVIDIA L4";
    assert.deepEqual(await tryIt({ dataCenterIds: ["EU-RO-1", "US-KS-2"] }), ["US-KS-2", "13.0"]);
    assert.deepEqual(await tryIt({ gpu: { id, allowedCudaVersions: ["12.4"] } }), ["US-KS-2", "12.4"]);
    assert.equal(await tryIt({ dataCenterIds: ["EU-RO-1"] }), 400);
    assert.equal(await tryIt({ cloud: "COMMUNITY" }), 400);
    assert.equal(await tryIt({ gpu: { id, count: 9 } }), 400);
    assert.equal(await tryIt({ gpu: { id, minCudaVersion: "13.11" } }), 400);
    assert.equal(await tryIt({ gpu: { id: "NVIDIA None" } }), 400);
    assert.equal(await tryIt({ templateId: "none" }), 404);
    assert.deepEqual(server.world.violations(), []);
  });

  test("may refer to a network volume in its data center and to a registry", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.start();
    const volume = await ask(server, "POST", "/v2/network-volumes", {
      body: { name: "weights", size: 50, dataCenter: "US-TX-3" },
    });
    const registry = await ask(server, "POST", "/v2/registries", {
      body: { name: "private", username: "user", password: "secret" },
    });
    assert.deepEqual([volume.status, registry.status], [201, 201]);
    const volumeId = volume.body.id ?? "";
    const registryId = registry.body.id ?? "";
    const mounts = { network: [{ volumeId, path: "/weights" }] };
    const pod = await ask(server, "POST", "/v2/pods", {
      body: { ...podRequest, mounts, registry: registryId },
    });
    assert.deepEqual([pod.status, pod.body.dataCenterId], [201, "US-TX-3"]);
    const refused = async (change: object) =>
      (await ask(server, "POST", "/v2/pods", { body: { ...podRequest, ...change } })).status;
    assert.equal(await refused({ mounts, dataCenterIds: ["US-KS-2"] }), 400);
    assert.equal(await refused({ mounts: { network: [{ volumeId: "none", path: "/x" }] } }), 404);
    assert.equal(await refused({ registry: "none" }), 404);
    const { body: volumes } = await ask(server, "GET", "/v2/network-volumes");
    assert.deepEqual(volumes.networkVolumes, [volume.body]);
    assert.deepEqual((await ask(server, "GET", `/v2/network-volumes/${volumeId}`)).body, volume.body);
    assert.deepEqual((await ask(server, "GET", "/v2/registries")).body.registries, [registry.body]);
    assert.equal((await ask(server, "DELETE", `/v2/registries/${registryId}`)).status, 400);
    await ask(server, "DELETE", `/v2/pods/${pod.body.id}`);
    assert.equal((await ask(server, "DELETE", `/v2/registries/${registryId}`)).status, 204);
    assert.equal((await ask(server, "GET", `/v2/registries/${registryId}`)).status, 404);
    assert.equal((await ask(server, "DELETE", `/v2/network-volumes/${volumeId}`)).status, 204);
    assert.equal((await ask(server, "GET", `/v2/network-volumes/${volumeId}`)).status, 404);
    assert.deepEqual(server.world.violations(), []);
  });
});
