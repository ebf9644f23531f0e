import assert from "node:assert/strict";
import { test } from "node:test";
import {
  RunpodAnswerInvalidError,
  RunpodKeyMissingError,
  RunpodMachineGoneError,
  RunpodProvider,
  RunpodSpotError,
} from "./index.ts";
import { RunpodFixture } from "./testing/runpod-fixture.ts";
import { samplePod, sampleProblem, sampleSpec } from "./testing/sample-answers.ts";

const POD = "/v2/pods/7h9k2m4n6p";

test("a node is created with what its workload needs, and told how to end itself", async () => {
  using api = new RunpodFixture().on("post", "/v2/pods", {
    status: 201,
    body: samplePod({ status: "PROVISIONING", cost: 0, runtime: null }),
  });
  const node = await api
    .provider()
    .createNode(sampleSpec({ idleTimeoutSeconds: 600, maxLifetimeSeconds: 3600 }));
  assert.deepEqual(
    [node.id, node.status, node.priceMicroDollarsPerHour, node.baseUrl],
    ["7h9k2m4n6p", "creating", undefined, undefined],
  );
  const [body] = api.bodies("/v2/pods") as [Record<string, unknown>];
  const { env, ...others } = body as { env: Record<string, string> };
  assert.deepEqual(others, {
    name: "conduit-0123abcd-deadbeef-a1b2c3z9",
    image: "conduit/lm-lite:0.1.0",
    cloud: "SECURE",
    ports: ["8000/http"],
    disk: 20,
    mounts: { persistent: { size: 36, path: "/workspace" } },
    gpu: { id: "NVIDIA L4", count: 1 },
  });
  const { CONDUIT_END_REQUESTS = "[]", ...variables } = env;
  assert.deepEqual(variables, {
    HF_HOME: "/workspace/huggingface",
    CONDUIT_PORTS: '[{"name":"http","port":8000}]',
    MODELS: "[]",
    LM_LITE_API_KEY: "secret",
    CONDUIT_IDLE_TIMEOUT_SECONDS: "600",
    CONDUIT_MAX_LIFETIME_SECONDS: "3600",
  });
  const requests: readonly Record<string, unknown>[] = JSON.parse(CONDUIT_END_REQUESTS);
  assert.deepEqual(
    requests.map(({ method, url }) => `${method} ${url}`),
    [
      "DELETE https://api.runpod.io/v2/pods/$" + "{RUNPOD_POD_ID}",
      "POST https://api.runpod.io/graphql",
      "POST https://api.runpod.io/v2/pods/$" + "{RUNPOD_POD_ID}/action",
    ],
  );
});

test("the user's own wishes are passed on, and win", async () => {
  using api = new RunpodFixture().on("post", "/v2/pods", { status: 201, body: samplePod() });
  const provider = api.provider({
    networkVolumeId: "agv6w2qcg7",
    containerRegistryAuthId: "reg_abc",
    containerDiskGb: 40,
    exposure: "tcp",
    overrides: {
      env: { HF_TOKEN: "{{ RUNPOD_SECRET_hf_token }}", MODELS: "[1]" },
      gpu: { minCudaVersion: "12.8" },
      globalNetworking: true,
      image: "mine",
    },
  });
  await provider.createNode(
    sampleSpec({ offering: { ...sampleSpec().offering, id: "1x NVIDIA L4 SECURE EU-RO-1" } }),
  );
  const [body] = api.bodies("/v2/pods") as [Record<string, Record<string, string>>];
  const { env = {}, ...others } = body;
  assert.deepEqual(others, {
    name: "conduit-0123abcd-deadbeef-a1b2c3z9",
    image: "mine",
    cloud: "SECURE",
    ports: ["8000/tcp"],
    registry: "reg_abc",
    dataCenterIds: ["EU-RO-1"],
    disk: 40,
    mounts: { network: [{ volumeId: "agv6w2qcg7", path: "/workspace" }] },
    globalNetworking: true,
    gpu: { id: "NVIDIA L4", count: 1, minCudaVersion: "12.8" },
  });
  assert.deepEqual([env.HF_TOKEN, env.MODELS], ["{{ RUNPOD_SECRET_hf_token }}", "[1]"]);
});

test("spot is refused by name, and nothing is asked for", async () => {
  using api = new RunpodFixture();
  const spec = sampleSpec();
  await assert.rejects(
    api.provider().createNode({ ...spec, offering: { ...spec.offering, spot: true } }),
    RunpodSpotError,
  );
  const overrides: object = { interruptible: true };
  assert.throws(() => api.provider({ overrides }), RunpodSpotError);
  assert.equal(api.sent.length, 0);
});

test("offerings that are not this provider's are refused", async () => {
  using api = new RunpodFixture();
  const spec = sampleSpec();
  await assert.rejects(api.provider().createNode({ ...spec, offering: { ...spec.offering, id: "small" } }), {
    code: "RUNPOD_OFFERING_UNKNOWN",
    outcome: "none",
    retry: "never",
  });
});

test("without a key there is no provider", () => {
  const before = process.env.RUNPOD_API_KEY;
  delete process.env.RUNPOD_API_KEY;
  try {
    assert.throws(() => new RunpodProvider(), RunpodKeyMissingError);
  } finally {
    if (before !== undefined) process.env.RUNPOD_API_KEY = before;
  }
});

test("a list has the nodes of a prefix, without those that are deleted for good", async () => {
  using api = new RunpodFixture().on("get", "/v2/pods", {
    body: {
      pods: [
        samplePod({ id: "a" }),
        samplePod({ id: "b", status: "TERMINATED" }),
        samplePod({ id: "c", name: "conduit-9999abcd-deadbeef-a1b2c3z9" }),
        samplePod({ id: "d", name: "mine", env: null, ports: null, runtime: undefined }),
      ],
    },
  });
  const nodes = await api.provider().listNodes("conduit-0123abcd-");
  assert.deepEqual(
    nodes.map(({ id }) => id),
    ["a"],
  );
});

for (const [found, answer] of Object.entries({
  "a pod without its name": { body: { pods: [samplePod(), samplePod({ name: null })] } },
  "a pod of its own without its status": { body: { pods: [samplePod(), samplePod({ status: null })] } },
  "no list": { body: {} },
  "half of the answer": { body: '{"pods": [' },
  "one page of several": { body: { pods: [] }, headers: { Link: '</v2/pods?page=2>; rel="next"' } },
})) {
  test(`a list that is not whole is none: ${found}`, async () => {
    using api = new RunpodFixture().on("get", "/v2/pods", answer);
    await assert.rejects(api.provider().listNodes("conduit-"), (error) => {
      assert.ok(RunpodAnswerInvalidError.isInstance(error));
      assert.deepEqual([error.outcome, error.retry], ["none", "later"]);
      return true;
    });
  });
}

test("an answer to a create that cannot be read leaves open whether there is a pod", async () => {
  using api = new RunpodFixture().on("post", "/v2/pods", { status: 201, body: {} });
  await assert.rejects(api.provider().createNode(sampleSpec()), {
    code: "RUNPOD_ANSWER_INVALID",
    outcome: "maybe",
    retry: "later",
  });
});

test("a node that is not there, or not any more, is none", async () => {
  using api = new RunpodFixture().on(
    "get",
    POD,
    { status: 404, body: sampleProblem(404, "pod not found") },
    { body: samplePod({ status: "TERMINATED", cost: 0, runtime: null }) },
  );
  const provider = api.provider();
  assert.equal(await provider.getNode("7h9k2m4n6p"), undefined);
  assert.equal(await provider.getNode("7h9k2m4n6p"), undefined);
});

test("a node that failed says why, with the end of its log", async () => {
  using api = new RunpodFixture()
    .on("get", POD, { body: samplePod({ status: "ERROR", cost: 0, runtime: null }) })
    .on("get", `${POD}/logs`, {
      headers: { "content-type": "text/event-stream" },
      body: 'data: {"source":"container","line":"out of memory","ts":"2026-11-20T12:03:00Z"}\n\n',
    });
  const node = await api.provider().getNode("7h9k2m4n6p");
  assert.equal(node?.status, "failed");
  assert.match(node?.failure ?? "", /ERROR\)\nout of memory$/);
});

test("a node that failed says so also where its log cannot be had", async () => {
  using api = new RunpodFixture()
    .on("get", POD, { body: samplePod({ status: "ERROR", cost: 0, runtime: null }) })
    .on("get", `${POD}/logs`, { status: 403, body: sampleProblem(403, "access denied") });
  assert.match((await api.provider().getNode("7h9k2m4n6p"))?.failure ?? "", /ERROR\)$/);
});

test("a stopped pod starts again", async () => {
  using api = new RunpodFixture().on("post", `${POD}/action`, { body: samplePod({ status: "STARTING" }) });
  await api.provider().startNode("7h9k2m4n6p");
  assert.deepEqual(api.bodies(`${POD}/action`), [{ action: "start" }]);
});

test("what runs already need not start", async () => {
  using api = new RunpodFixture()
    .on("post", `${POD}/action`, { status: 409, body: sampleProblem(409, "not valid for RUNNING") })
    .on("get", POD, { body: samplePod() });
  await api.provider().startNode("7h9k2m4n6p");
});

test("a pod that starts without its GPUs is no good", async () => {
  const { gpu: _, ...withoutGpu } = samplePod();
  using api = new RunpodFixture().on("post", `${POD}/action`, { body: withoutGpu });
  await assert.rejects(api.provider().startNode("7h9k2m4n6p"), RunpodMachineGoneError);
});

test("what has stopped need not stop", async () => {
  using api = new RunpodFixture()
    .on("post", `${POD}/action`, { status: 409, body: sampleProblem(409, "not valid for EXITED") })
    .on("get", POD, { body: samplePod({ status: "EXITED", cost: 0, runtime: null }) });
  await api.provider().stopNode("7h9k2m4n6p");
  assert.deepEqual(api.bodies(`${POD}/action`), [{ action: "stop" }]);
});

test("ending a node that is not there is no failure", async () => {
  using api = new RunpodFixture().on(
    "delete",
    POD,
    { status: 204 },
    { status: 404, body: sampleProblem(404, "pod not found") },
  );
  await api.provider().terminateNode("7h9k2m4n6p");
  await api.provider().terminateNode("7h9k2m4n6p");
});

test("a call that is given up fails with its signal's reason", async () => {
  using api = new RunpodFixture().on("get", "/v2/pods", { body: { pods: [] } });
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(api.provider().listNodes("", { signal }), reason);
  await assert.rejects(api.provider().scope({ signal }), reason);
});
