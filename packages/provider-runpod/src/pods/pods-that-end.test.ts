import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { RunpodProvider } from "../index.ts";
import { sampleSpec } from "../testing/sample-answers.ts";
import { STAND_IN_KEY } from "../testing/server/api/keys.ts";
import { ServerFixture } from "../testing/server/fixture.ts";
import { processLauncher } from "../testing/server/launch/process-launcher.ts";
import { untilNoProcess } from "../testing/server/launch/processes-of.ts";
import type { RunpodServer, RunpodServerOptions } from "../testing/server/runpod-server.ts";

const executable = process.env.LM_LITE_BIN ?? "";
const skip = executable === "" && "LM_LITE_BIN does not name an engine";

/** The engine as its image starts it. A model that is not there keeps it from nothing that is tested here. */
const engine = {
  executable,
  arguments: ["serve", "--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"],
  containerPort: 8000,
  env: { MODELS: '[{"id": "/nowhere"}]', HF_HUB_OFFLINE: "1" },
};

interface Case {
  readonly options?: Partial<RunpodServerOptions>;
  readonly limits: { readonly idleTimeoutSeconds?: number; readonly maxLifetimeSeconds?: number };
}

/** Runs a pod until it costs no GPU any more; what it asked for, with the answers, and what is left of it. */
async function runPod({ options = {}, limits }: Case) {
  await using fixture = new ServerFixture();
  const server = await fixture.start({
    provisioningMs: 0,
    startingMs: 0,
    launcher: processLauncher(engine),
    ...options,
  });
  const provider = new RunpodProvider({
    apiKey: STAND_IN_KEY,
    accountId: "account",
    apiUrl: server.url,
    proxyUrl: server.proxyUrlTemplate,
  });
  assert.equal(provider.capabilities.canSelfTerminate, true);
  const { id } = await provider.createNode(sampleSpec(limits));
  assert.equal((await provider.getNode(id))?.status, "running");
  await untilNotRunning(server);
  // The stand-in ends the program of a pod when somebody looks at it.
  const status = (await provider.getNode(id))?.status;
  await untilNoProcess(fixture.directory);
  assert.deepEqual(server.world.violations(), []);
  const pod = join(fixture.directory, "pods", id);
  const log = readFileSync(join(pod, "0-1", "log"), "utf8");
  assert.match(log, /ending this machine/);
  const { podKey }: { podKey: string } = JSON.parse(readFileSync(join(pod, "pod.json"), "utf8"));
  assert.ok(!log.includes(podKey), "its key is not in its log");
  const asked = server.world
    .journal()
    .filter(({ method, operation }) => method !== "GET" && operation !== "createPod")
    .map(({ method, path, status }) => `${method} ${path.replace(id, "{id}")}: ${status}`);
  return { status, asked };
}

async function untilNotRunning({ world }: RunpodServer): Promise<void> {
  while (world.living().some(({ podStatus }) => podStatus === "RUNNING")) await delay(25);
}

const REFUSED = ["DELETE /v2/pods/{id}: 403", "POST /graphql: 403"];

describe("a pod ends itself", { skip, concurrency: true, timeout: 300_000 }, () => {
  test("when nobody has asked it for long enough", async () => {
    const { status, asked } = await runPod({ limits: { idleTimeoutSeconds: 2 } });
    assert.equal(status, undefined);
    assert.deepEqual(asked, ["DELETE /v2/pods/{id}: 204"]);
  });

  test("when its lifetime is over", async () => {
    const { status, asked } = await runPod({ limits: { idleTimeoutSeconds: 600, maxLifetimeSeconds: 2 } });
    assert.equal(status, undefined);
    assert.deepEqual(asked, ["DELETE /v2/pods/{id}: 204"]);
  });

  test("over GraphQL where REST refuses its key", async () => {
    const { status, asked } = await runPod({
      options: { podKeyScope: "graphql" },
      limits: { idleTimeoutSeconds: 1 },
    });
    assert.equal(status, undefined);
    assert.deepEqual(asked, [REFUSED[0], "POST /graphql: 200"]);
  });

  test("by a stop where its key may not delete it", async () => {
    const { status, asked } = await runPod({
      options: { podKeyScope: "actions" },
      limits: { idleTimeoutSeconds: 1 },
    });
    assert.equal(status, "stopped");
    assert.deepEqual(asked, [...REFUSED, "POST /v2/pods/{id}/action: 200"]);
  });

  test("when RunPod answers again, after it did not", async () => {
    const { status, asked } = await runPod({
      // Behind what creates the pod and shows it.
      options: {
        faults: [
          { kind: "request-lost", skip: 2 },
          { kind: "fails-before", skip: 2, times: 2 },
        ],
      },
      limits: { idleTimeoutSeconds: 1 },
    });
    assert.equal(status, undefined);
    assert.deepEqual(asked, [
      "DELETE /v2/pods/{id}: undefined",
      "DELETE /v2/pods/{id}: 500",
      "DELETE /v2/pods/{id}: 500",
      "POST /graphql: 200",
    ]);
  });
});
