import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { NodeSpec, ProviderNode } from "@conduit/types";
import { noDocker } from "../testing/docker-daemon.ts";
import { DockerFixture } from "../testing/docker-fixture.ts";
import { buildEngineImage } from "../testing/engine-image.ts";
import { until } from "../testing/fixture.ts";
import { NoGpuError } from "./errors/no-gpu-error.ts";

const IMAGE = "conduit-tests/lm-lite:1";
const KEY = "key of the tests";
const engine = process.env.LM_LITE_BIN ?? "";
const model = process.env.RANDOM_MODEL ?? "";
const skip =
  noDocker ||
  (engine === "" && "LM_LITE_BIN does not name an engine") ||
  (model === "" && "RANDOM_MODEL does not name a model");

describe("the engine in a container", { skip }, () => {
  let fixture: DockerFixture;
  before(async () => {
    fixture = await DockerFixture.start();
    await buildEngineImage(fixture.daemon, { image: IMAGE, engine });
  });
  after(() => fixture[Symbol.asyncDispose]());

  const provider = () => fixture.provider({ mounts: [{ source: model, target: "/model" }] });

  function engineSpec(): NodeSpec {
    const spec = fixture.spec({ MODELS: JSON.stringify([{ id: "/model" }]) });
    const secretEnv = { LM_LITE_API_KEY: KEY };
    return { ...spec, workload: { ...spec.workload, image: IMAGE, secretEnv, healthPath: "/health" } };
  }

  async function untilReady({ baseUrl, id }: ProviderNode): Promise<void> {
    await until(`the engine of ${id} to be ready`, async () => {
      const node = await provider().getNode(id);
      assert.equal(node?.status, "running", node?.failure);
      const response = await fetch(`${baseUrl}/health`).catch(() => undefined);
      return Object.assign({ ready: false }, await response?.json()).ready;
    });
  }

  async function chat({ baseUrl }: ProviderNode, key: string): Promise<Response> {
    return fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: "/model",
        messages: [{ role: "user", content: "Hello" }],
        max_tokens: 4,
      }),
    });
  }

  test("answers to its key, which only its file holds, before and after a stop", async () => {
    const nodes = provider();
    const node = await nodes.createNode(engineSpec());
    await untilReady(node);
    assert.equal((await chat(node, "another")).status, 401);
    const answer = await chat(node, KEY);
    assert.equal(answer.status, 200, await answer.text());
    const inspection = await fixture.daemon.client.getContainer(node.id).inspect();
    assert.doesNotMatch(JSON.stringify(inspection), new RegExp(KEY));
    assert.doesNotMatch((await Array.fromAsync(nodes.logs(node.id))).join("\n"), new RegExp(KEY));

    await nodes.stopNode(node.id);
    assert.equal((await nodes.getNode(node.id))?.status, "stopped");
    await nodes.startNode(node.id);
    const started = await nodes.getNode(node.id);
    assert(started !== undefined);
    await untilReady(started);
    assert.equal((await chat(started, KEY)).status, 200);
    await nodes.terminateNode(node.id);
    assert.deepEqual(await fixture.remains(), []);
  });

  test("ends by its own limits, in order", async () => {
    const nodes = provider();
    const idle = await nodes.createNode({ ...engineSpec(), idleTimeoutSeconds: 2 });
    const short = await nodes.createNode({ ...engineSpec(), maxLifetimeSeconds: 2, idleTimeoutSeconds: 600 });
    for (const { id } of [idle, short]) {
      let node: ProviderNode | undefined;
      await until(`${id} to end`, async () => {
        node = await nodes.getNode(id);
        return node?.status !== "running";
      });
      assert.equal(node?.status, "stopped", node?.failure);
      await nodes.terminateNode(id);
    }
    assert.deepEqual(await fixture.remains(), []);
  });

  test("fails with the end of its log where it cannot serve", async () => {
    const nodes = provider();
    const spec = engineSpec();
    const workload = { ...spec.workload, env: { MODELS: "no JSON" } };
    const { id } = await nodes.createNode({ ...spec, workload });
    let node: ProviderNode | undefined;
    await until("the engine to fail", async () => {
      node = await nodes.getNode(id);
      return node?.status === "failed";
    });
    assert.match(node?.failure ?? "", /the end of its log:\n.*MODELS/s);
    await nodes.terminateNode(id);
  });

  test("fails with an error of its own where it finds no GPU and the CPU will not do", async () => {
    const nodes = provider();
    const spec = engineSpec();
    // As a node of an offering with GPUs has it.
    const env = { ...spec.workload.env, CONDUIT_REQUIRE_GPU: "1" };
    const { id } = await nodes.createNode({ ...spec, workload: { ...spec.workload, env } });
    let node: ProviderNode | undefined;
    await until("the engine to fail", async () => {
      node = await nodes.getNode(id);
      return node?.status === "failed";
    });
    assert(NoGpuError.isInstance(node?.failureCause), node?.failure);
    assert.match(node.failureCause.message, /expected a GPU, but none can be used: /);
    await nodes.terminateNode(id);
  });
});
