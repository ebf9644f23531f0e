import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "@conduit/types";
import type { RunpodProvider } from "./index.ts";
import { DOCUMENTED_STATUSES, type UsedOperation } from "./testing/documented-statuses.ts";
import { OpenApiDocument, skipWithoutDocument } from "./testing/open-api-document.ts";
import { RunpodFixture } from "./testing/runpod-fixture.ts";
import { samplePod, sampleProblem, sampleSpec } from "./testing/sample-answers.ts";

const POD = "/v2/pods/p";

/** A call of the provider, the request that it makes, and what each failure of that means. */
interface Case {
  readonly call: (provider: RunpodProvider) => Promise<unknown>;
  readonly request: readonly ["get" | "post" | "delete", string];
  readonly meanings: Readonly<Record<string, string>>;
}

const NEVER = "RUNPOD_REFUSED none never";
const RATE = "RUNPOD_RATE_LIMIT none later 12000";
const readFailures = {
  "401": NEVER,
  "403": NEVER,
  "429": RATE,
  "500": "RUNPOD_UNAVAILABLE none later",
  "503": "RUNPOD_UNAVAILABLE none later 12000",
};
const changeFailures = {
  ...readFailures,
  "500": "RUNPOD_UNAVAILABLE maybe later",
  "503": "RUNPOD_UNAVAILABLE maybe later 12000",
};
const GONE = "RUNPOD_MACHINE_GONE none next-offering";

const CASES: Readonly<Record<string, Case & { readonly operation: UsedOperation }>> = {
  listNodes: {
    operation: "listPods",
    call: (provider) => provider.listNodes(""),
    request: ["get", "/v2/pods"],
    meanings: readFailures,
  },
  createNode: {
    operation: "createPod",
    call: (provider) => provider.createNode(sampleSpec()),
    request: ["post", "/v2/pods"],
    meanings: {
      ...changeFailures,
      "400": "RUNPOD_REFUSED none next-offering",
      "402": NEVER,
      "403": "RUNPOD_REFUSED none next-offering",
      "404": NEVER,
      "408": "RUNPOD_REFUSED maybe later",
      "422": NEVER,
    },
  },
  getNode: {
    operation: "getPod",
    call: (provider) => provider.getNode("p"),
    request: ["get", POD],
    meanings: { ...readFailures, "404": "undefined" },
  },
  terminateNode: {
    operation: "deletePod",
    call: (provider) => provider.terminateNode("p"),
    request: ["delete", POD],
    meanings: { ...changeFailures, "404": "undefined", "409": NEVER },
  },
  startNode: {
    operation: "podAction",
    call: (provider) => provider.startNode("p"),
    request: ["post", `${POD}/action`],
    meanings: { ...changeFailures, "400": GONE, "404": GONE, "409": GONE, "422": NEVER },
  },
  stopNode: {
    operation: "podAction",
    call: (provider) => provider.stopNode("p"),
    request: ["post", `${POD}/action`],
    meanings: { ...changeFailures, "400": NEVER, "404": NEVER, "409": NEVER, "422": NEVER },
  },
  logs: {
    operation: "getPodLogs",
    call: (provider) => Array.fromAsync(provider.logs("p")),
    request: ["get", `${POD}/logs`],
    meanings: { ...readFailures, "404": NEVER },
  },
  listOfferings: {
    operation: "listGpuTypes",
    call: (provider) => provider.listOfferings(),
    request: ["get", "/v2/catalog/gpus"],
    meanings: readFailures,
  },
  "listOfferings with a network volume": {
    operation: "getNetworkVolume",
    call: (provider) => provider.listOfferings(),
    request: ["get", "/v2/network-volumes/v"],
    meanings: { ...readFailures, "404": NEVER },
  },
};

for (const [name, { operation, call, request, meanings }] of Object.entries(CASES)) {
  test(`${name}: each status of a failure has its meaning`, async () => {
    for (const [status, meaning] of Object.entries(meanings)) {
      using api = new RunpodFixture();
      // What a refusal is held against: a pod that has failed can neither stop nor start.
      api.on("get", POD, { body: samplePod({ status: "ERROR" }) });
      api.on(...request, {
        status: Number(status),
        body: sampleProblem(Number(status), "in RunPod's words"),
        ...(status === "429" || status === "503" ? { headers: { "Retry-After": "12" } } : {}),
      });
      const provider = api.provider(operation === "getNetworkVolume" ? { networkVolumeId: "v" } : {});
      assert.equal(await meaningOf(call(provider)), meaning, status);
    }
  });

  test(`${name}: no documented status is left out`, () => {
    const failures = DOCUMENTED_STATUSES[operation].filter((status) => Number(status) >= 400);
    for (const status of failures) assert.ok(status in meanings, status);
  });
}

test("the statuses are those of RunPod's document", { skip: skipWithoutDocument }, () => {
  const document = OpenApiDocument.load();
  for (const [operation, statuses] of Object.entries(DOCUMENTED_STATUSES)) {
    assert.deepEqual(document?.statusesOf(operation).toSorted(), statuses, operation);
  }
});

test("a refusal has RunPod's own words, and every violation that it lists", async () => {
  using api = new RunpodFixture().on("post", "/v2/pods", {
    status: 422,
    body: { ...sampleProblem(422, "Request validation failed."), errors: ["$: 'bogus' not allowed"] },
  });
  await assert.rejects(api.provider().createNode(sampleSpec()), {
    status: 422,
    reason: "Request validation failed.",
    violations: ["$: 'bogus' not allowed"],
    message: /answered 422: Request validation failed\.; \$: 'bogus' not allowed \(.*overrides\)$/,
  });
});

test("what a proxy in between says is told too", async () => {
  const body = "<html><h1>502 Bad Gateway</h1>\n<p>cloudflare</p></html>";
  using api = new RunpodFixture().on("post", "/v2/pods", { status: 502, body });
  await assert.rejects(api.provider().createNode(sampleSpec()), {
    outcome: "maybe",
    message: /502: 502 Bad Gateway cloudflare/,
  });
});

test("an end is asked for again, until it is answered", async () => {
  const oops = { status: 500, body: sampleProblem(500, "oops") };
  using api = new RunpodFixture().on("delete", POD, oops, oops, { status: 204 });
  await api.provider().terminateNode("p");
  assert.equal(api.sent.length, 3);
});

test("no request waits for a window that is hours long", async () => {
  const headers = { RateLimit: '"day";r=0;t=40000' };
  using api = new RunpodFixture().on("get", "/v2/pods", { headers, body: { pods: [] } });
  const provider = api.provider();
  await provider.listNodes("");
  await assert.rejects(provider.listNodes(""), { code: "RUNPOD_RATE_LIMIT", outcome: "none" });
  assert.deepEqual(api.pausesMs, []);
});

test("that there is no pod only RunPod can say", async () => {
  using api = new RunpodFixture();
  api.on("get", POD, { status: 404, body: "<h1>404 Not Found</h1>" });
  api.on("delete", POD, { status: 404, body: "<h1>404 Not Found</h1>" });
  const refused = { code: "RUNPOD_REFUSED", status: 404, outcome: "none", retry: "later" };
  await assert.rejects(api.provider().getNode("p"), refused);
  await assert.rejects(api.provider().terminateNode("p"), refused);
});

test("a read is asked again, as long as it may help", async () => {
  using api = new RunpodFixture().on(
    "get",
    "/v2/pods",
    { status: 429, headers: { "Retry-After": "12" }, body: sampleProblem(429, "minute window") },
    { status: 500, body: sampleProblem(500, "oops") },
    { body: { pods: [] } },
  );
  assert.deepEqual(await api.provider().listNodes(""), []);
  assert.deepEqual(api.pausesMs, [12_000, 500]);
});

test("when no requests are left, nothing is changed, and reads and ends wait", async () => {
  const headers = { RateLimit: '"minute";r=0;t=20' };
  using api = new RunpodFixture().on("get", "/v2/pods", { headers, body: { pods: [] } });
  api.on("delete", POD, { status: 204 });
  const provider = api.provider();
  await provider.listNodes("");
  await assert.rejects(provider.stopNode("p"), (error) => {
    assert.ok(ProviderError.isInstance(error));
    assert.deepEqual([error.code, error.outcome, error.retry], ["RUNPOD_RATE_LIMIT", "none", "later"]);
    assert.ok((error.retryAfterMs ?? 0) > 0);
    return true;
  });
  await provider.listNodes("");
  await provider.terminateNode("p");
  assert.equal(api.pausesMs.length, 2);
  assert.deepEqual(
    api.sent.map(({ method }) => method),
    ["GET", "GET", "DELETE"],
  );
});

async function meaningOf(call: Promise<unknown>): Promise<string> {
  try {
    return String(await call);
  } catch (error) {
    if (!ProviderError.isInstance(error)) throw error;
    const { code, outcome, retry, retryAfterMs } = error;
    return [code, outcome, retry, retryAfterMs].filter((part) => part !== undefined).join(" ");
  }
}
