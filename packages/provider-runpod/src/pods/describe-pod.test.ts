import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSchema } from "@conduit/types";
import { Pod } from "../api/wire.ts";
import { OpenApiDocument, skipWithoutDocument } from "../testing/open-api-document.ts";
import { samplePod } from "../testing/sample-answers.ts";
import { describePod } from "./describe-pod.ts";
import { meaningOf, POD_STATUSES } from "./pod-status.ts";

const PROXY_URL = "https://{podId}-{port}.proxy.runpod.net";

async function described(change: Readonly<Record<string, unknown>> = {}, proxyUrl = PROXY_URL) {
  const checked = await compileSchema(Pod).check(samplePod(change));
  assert.ok(checked.valid);
  return describePod(checked.value, proxyUrl);
}

test("a running pod has its address at RunPod's proxy, and what it costs with its disks", async () => {
  assert.deepEqual(await described(), {
    id: "7h9k2m4n6p",
    name: "conduit-0123abcd-deadbeef-a1b2c3z9",
    status: "running",
    env: samplePod().env,
    createdAtMs: Date.UTC(2026, 10, 20, 12),
    priceMicroDollarsPerHour: 447_800,
    baseUrl: "https://7h9k2m4n6p-8000.proxy.runpod.net",
    portMap: { http: 443 },
  });
});

test("a proxy elsewhere has its own port", async () => {
  const node = await described({}, "http://127.0.0.1:4000/{podId}/{port}");
  assert.equal(node?.baseUrl, "http://127.0.0.1:4000/7h9k2m4n6p/8000");
  assert.deepEqual(node?.portMap, { http: 4000 });
});

test("over TCP the address is known once the machine has published the port", async () => {
  const ports = ["8000/tcp"];
  assert.equal((await described({ ports, runtime: null }))?.baseUrl, undefined);
  const mapping = { private: 8000, public: 34446, type: "tcp", ip: "195.26.233.3" };
  for (const unfinished of [
    { ...mapping, ip: null },
    { ...mapping, public: null },
  ]) {
    assert.equal((await described({ ports, runtime: { ports: [unfinished] } }))?.baseUrl, undefined);
  }
  const node = await described({ ports, runtime: { ports: [mapping] } });
  assert.equal(node?.baseUrl, "http://195.26.233.3:34446");
  assert.deepEqual(node?.portMap, { http: 34446 });
});

test("the first port is the one that the workload names first, whatever order RunPod gives", async () => {
  const env = { CONDUIT_PORTS: '[{"name":"http","port":8000},{"name":"metrics","port":9000}]' };
  const node = await described({ env, ports: ["9000/http", "8000/http"] });
  assert.equal(node?.baseUrl, "https://7h9k2m4n6p-8000.proxy.runpod.net");
  assert.deepEqual(Object.keys(node?.portMap ?? {}), ["http", "metrics"]);
});

test("a pod that somebody else made is described too", async () => {
  for (const env of [{}, { CONDUIT_PORTS: "8000" }, { CONDUIT_PORTS: "{" }]) {
    assert.equal((await described({ env }))?.baseUrl, "https://7h9k2m4n6p-8000.proxy.runpod.net");
  }
  assert.equal((await described({ env: {}, ports: [] }))?.baseUrl, undefined);
});

test("before and after it runs, a pod states no price", async () => {
  for (const change of [
    { status: "PROVISIONING", cost: 0.4478 },
    { status: "STARTING", cost: 0 },
    { cost: 0 },
    { status: "EXITED", cost: 0 },
  ]) {
    assert.equal((await described(change))?.priceMicroDollarsPerHour, undefined);
  }
});

test("a pod that runs without its GPUs has failed; one that never had any has not", async () => {
  const { gpu: _, ...withoutGpu } = samplePod();
  assert.equal((await described({ gpu: { id: "NVIDIA L4", count: 0 } }))?.status, "failed");
  for (const [pod, status] of [
    [withoutGpu, "failed"],
    [{ ...withoutGpu, cpu: { id: "cpu5c", vcpuCount: 4, memory: 8 } }, "running"],
  ] as const) {
    const checked = await compileSchema(Pod).check(pod);
    assert.ok(checked.valid);
    assert.equal((await describePod(checked.value, PROXY_URL))?.status, status);
  }
});

test("every status has its meaning", async () => {
  const found = await Promise.all(
    Object.keys(POD_STATUSES).map(async (status) => [status, (await described({ status }))?.status]),
  );
  assert.deepEqual(found, [
    ["PROVISIONING", "creating"],
    ["STARTING", "creating"],
    ["RUNNING", "running"],
    ["EXITED", "stopped"],
    ["ERROR", "failed"],
    ["TERMINATED", undefined],
  ]);
  assert.deepEqual(meaningOf("MIGRATING"), {
    status: "creating",
    progress: "RunPod says that it is MIGRATING",
  });
});

test("the statuses are those of RunPod's document", { skip: skipWithoutDocument }, () => {
  assert.deepEqual(Object.keys(POD_STATUSES), OpenApiDocument.load()?.schema("PodStatus").enum);
});
