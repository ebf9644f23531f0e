import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, create, namesOf, podRequest, ServerFixture, statusOf } from "../fixture.ts";
import type { RunpodServer } from "../runpod-server.ts";
import type { Fault } from "./fault.ts";
import { FaultPlan, writeFaults } from "./fault-plan.ts";

/** What a client is told when it wants a pod: the HTTP status, or that no answer came. */
async function tryToCreate(server: RunpodServer, change: object = {}): Promise<unknown> {
  return await ask(server, "POST", "/v2/pods", { body: { ...podRequest, ...change } }).then(
    ({ status }) => status,
    () => "no answer",
  );
}

async function withFaults(
  faults: readonly Fault[],
): Promise<ServerFixture & { readonly server: RunpodServer }> {
  const fixture = new ServerFixture();
  const server = await fixture.start({ faults, provisioningMs: 0, startingMs: 0 });
  return Object.assign(fixture, { server });
}

const livingNames = ({ world }: RunpodServer) => world.living().map(({ name }) => name);

describe("to create a pod", () => {
  test("fails before or after it took effect, with or without an answer", async () => {
    await using fixture = await withFaults([
      { kind: "request-lost", operation: "createPod" },
      { kind: "fails-before", operation: "createPod", status: 503 },
      { kind: "fails-after", operation: "createPod" },
      { kind: "answer-lost", operation: "createPod", skip: 1 },
    ]);
    const { server } = fixture;
    const told = [];
    for (const name of ["a-1", "a-2", "a-3", "a-4", "a-5", "a-6"])
      told.push(await tryToCreate(server, { name }));
    assert.deepEqual(told, ["no answer", 503, 500, 201, "no answer", 201]);
    assert.deepEqual(livingNames(server).sort(), ["a-3", "a-4", "a-5", "a-6"]);
    assert.deepEqual(
      server.world.journal().map(({ status }) => status),
      [undefined, 503, 500, 201, undefined, 201],
    );
    assert.deepEqual(server.world.violations(), []);
  });

  test("finds no machine, no balance or no access", async () => {
    await using fixture = await withFaults([
      { kind: "create-refused", gpuTypeId: "NVIDIA L4", times: 2 },
      { kind: "create-refused", gpuTypeId: "NVIDIA H100 80GB HBM3", reason: "no-balance" },
      { kind: "create-refused", gpuTypeId: "NVIDIA A100 80GB PCIe", reason: "no-access" },
    ]);
    const { server } = fixture;
    const refused = await ask(server, "POST", "/v2/pods", { body: podRequest });
    assert.deepEqual([refused.status, refused.body.title], [400, "Bad Request"]);
    assert.match(refused.body.detail ?? "", /no longer any instances available/);
    assert.deepEqual(await tryToCreate(server), 400);
    assert.deepEqual(await tryToCreate(server, { gpu: { id: "NVIDIA H100 80GB HBM3" } }), 402);
    assert.deepEqual(await tryToCreate(server, { gpu: { id: "NVIDIA A100 80GB PCIe" } }), 403);
    assert.deepEqual(await tryToCreate(server, { gpu: { id: "NVIDIA GeForce RTX 4090" } }), 201);
    assert.deepEqual(await tryToCreate(server), 201);
    assert.deepEqual(server.world.violations(), []);
  });

  test("shows the pod late, and until then to nobody", async () => {
    await using fixture = await withFaults([{ kind: "pod-appears-late", delayMs: 5_000 }]);
    const { server, clock } = fixture;
    const id = await create(server);
    assert.deepEqual([await namesOf(server), await statusOf(server, id)], [[], 404]);
    assert.equal((await ask(server, "DELETE", `/v2/pods/${id}`)).status, 404);
    assert.deepEqual(
      server.world.living().map(({ isVisible }) => isVisible),
      [false],
    );
    clock.advance(5_000);
    assert.deepEqual([await namesOf(server), await statusOf(server, id)], [["a-1"], "RUNNING"]);
  });

  test("takes long, or costs more than the catalogue says", async () => {
    await using fixture = await withFaults([
      { kind: "slow-provisioning", byMs: 600_000 },
      { kind: "price-raised", byMicroDollarsPerHour: 200_000, skip: 1 },
    ]);
    const { server, clock } = fixture;
    const [slow, dear] = [await create(server), await create(server)];
    clock.advance(599_999);
    assert.equal(await statusOf(server, slow), "PROVISIONING");
    clock.advance(1);
    assert.equal(await statusOf(server, slow), "RUNNING");
    const costOf = async (id: string) => (await ask(server, "GET", `/v2/pods/${id}`)).body.cost;
    assert.deepEqual([await costOf(slow), await costOf(dear)], [0.4, 0.6]);
  });
});

describe("a pod", () => {
  test("dies, and is left as exited, as an error or not at all", async () => {
    await using fixture = await withFaults([
      { kind: "pod-dies", afterMs: 1_000, leaves: "exited" },
      { kind: "pod-dies", afterMs: 1_000, leaves: "error", skip: 1 },
      { kind: "pod-dies", afterMs: 1_000, leaves: "nothing", skip: 2 },
    ]);
    const { server, clock } = fixture;
    const ids = [await create(server), await create(server), await create(server)];
    const statuses = () => Promise.all(ids.map((id) => statusOf(server, id)));
    assert.deepEqual(await statuses(), ["RUNNING", "RUNNING", "RUNNING"]);
    assert.deepEqual(
      server.world.living().map(({ willDie }) => willDie),
      [true, true, true],
    );
    clock.advance(1_000);
    assert.deepEqual(await statuses(), ["EXITED", "ERROR", 404]);
    assert.deepEqual(
      server.world
        .living()
        .map(({ status }) => status)
        .sort(),
      ["failed", "stopped"],
    );
    await ask(server, "POST", `/v2/pods/${ids[1]}/action`, { body: { action: "start" } });
    assert.deepEqual(await statuses(), ["EXITED", "RUNNING", 404]);
  });

  test("finds its GPU gone when it is started again", async () => {
    await using fixture = await withFaults([
      { kind: "gpu-gone", start: "refused" },
      { kind: "gpu-gone", start: "without-gpu", skip: 1 },
    ]);
    const { server } = fixture;
    const id = await create(server);
    const act = (action: string) => ask(server, "POST", `/v2/pods/${id}/action`, { body: { action } });
    await act("stop");
    const refused = await act("start");
    assert.deepEqual([refused.status, await statusOf(server, id)], [400, "EXITED"]);
    assert.match(refused.body.detail ?? "", /not enough free GPUs/);
    const without = await act("start");
    assert.deepEqual([without.status, without.body.status, without.body.gpu], [200, "RUNNING", undefined]);
    assert.equal(without.body.cost, 0.01);
    await act("stop");
    assert.equal((await act("start")).body.gpu?.count, 1);
    assert.deepEqual(server.world.violations(), []);
  });

  test("outlives that it is terminated", async () => {
    await using fixture = await withFaults([
      { kind: "terminate-not-found" },
      { kind: "terminate-ignored", skip: 0 },
      { kind: "answer-lost", operation: "deletePod", skip: 1 },
    ]);
    const { server } = fixture;
    const id = await create(server);
    const remove = () =>
      ask(server, "DELETE", `/v2/pods/${id}`).then(
        ({ status }) => status,
        () => "no answer",
      );
    assert.deepEqual([await remove(), livingNames(server)], [404, ["a-1"]]);
    assert.deepEqual([await remove(), livingNames(server)], [204, ["a-1"]]);
    assert.deepEqual([await remove(), livingNames(server)], ["no answer", []]);
  });

  test("is seen as terminated for a while", async () => {
    await using fixture = await withFaults([{ kind: "terminated-lingers", forMs: 1_000 }]);
    const { server, clock } = fixture;
    const id = await create(server);
    await ask(server, "DELETE", `/v2/pods/${id}`);
    const seen = await ask(server, "GET", `/v2/pods/${id}`);
    assert.deepEqual([seen.body.status, seen.body.actions, seen.body.cost], ["TERMINATED", [], 0]);
    assert.deepEqual([await namesOf(server), server.world.living()], [[], []]);
    assert.equal((await ask(server, "DELETE", `/v2/pods/${id}`)).status, 404);
    clock.advance(1_000);
    assert.equal(await statusOf(server, id), 404);
    assert.deepEqual(server.world.violations(), []);
  });
});

describe("any call", () => {
  test("meets a storm of refusals that say when to come again", async () => {
    await using fixture = await withFaults([{ kind: "rate-limited", retryAfterSeconds: 7, times: 2 }]);
    const { server } = fixture;
    const refused = await ask(server, "GET", "/v2/pods");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "7"]);
    assert.equal(refused.headers.get("ratelimit"), '"minute";r=0;t=7');
    assert.equal(await tryToCreate(server), 429);
    assert.equal(await tryToCreate(server), 201);
    assert.deepEqual(server.world.violations(), []);
  });

  test("has a key that was rotated, or that lacks a right", async () => {
    await using fixture = await withFaults([
      { kind: "unauthorized" },
      { kind: "unauthorized", status: 403, skip: 1 },
    ]);
    const { server } = fixture;
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push((await ask(server, "GET", "/v2/pods")).status);
    assert.deepEqual(statuses, [401, 403, 200]);
  });

  test("has a key of another account from one question whose it is until the next", async () => {
    await using fixture = await withFaults([{ kind: "account-changed", skip: 1 }]);
    const { server } = fixture;
    const id = await create(server);
    const scope = async () => {
      const { body } = await ask(server, "POST", "/graphql", { body: { query: "{ myself { id } }" } });
      return body.data?.myself.id;
    };
    const own = await scope();
    assert.deepEqual(await namesOf(server), ["a-1"]);
    assert.notEqual(await scope(), own);
    assert.deepEqual([await namesOf(server), await statusOf(server, id)], [[], 404]);
    assert.equal(await scope(), own);
    assert.deepEqual(await namesOf(server), ["a-1"]);
  });

  test("gets a list that breaks off, or one that lacks pods", async () => {
    await using fixture = await withFaults([
      { kind: "list-breaks-off" },
      { kind: "list-incomplete", skip: 1 },
    ]);
    const { server } = fixture;
    await create(server);
    fixture.clock.advance(1);
    await create(server, { name: "a-2" });
    await assert.rejects(namesOf(server));
    assert.deepEqual(await namesOf(server), ["a-1"]);
    assert.deepEqual(await namesOf(server), ["a-1", "a-2"]);
  });
});

test("faults are counted for all processes of a folder, whichever plan is there meanwhile", async () => {
  await using fixture = new ServerFixture();
  const { directory } = fixture;
  const faults: Fault[] = [{ kind: "terminate-ignored", skip: 1, times: 2 }];
  const plans = [new FaultPlan(directory), new FaultPlan(directory)] as const;
  const suffers = (plan: FaultPlan) => plan.next("terminate-ignored") !== undefined;
  writeFaults(directory, faults);
  assert.deepEqual([suffers(plans[0]), suffers(plans[1])], [false, true]);
  writeFaults(directory, []);
  assert.equal(suffers(plans[0]), false);
  writeFaults(directory, [{ kind: "terminate-ignored" }]);
  assert.deepEqual([suffers(plans[1]), suffers(plans[0])], [true, false]);
  writeFaults(directory, faults);
  assert.deepEqual([suffers(plans[0]), suffers(plans[1])], [true, false]);
});
