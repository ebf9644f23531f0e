import assert from "node:assert/strict";
import { request } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ask, create, ServerFixture, statusOf, until, untilItAnswers } from "../fixture.ts";
import { processesOf, untilNoProcess } from "./processes-of.ts";

describe("the program of a pod", () => {
  test("gets what its container would, and answers behind the proxy and on its TCP port", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.startWithPrograms({ secrets: { token: "hf_secret" } });
    const env = { MODELS: "[]", HF_TOKEN: "{{ RUNPOD_SECRET_token }}", OTHER: "{{RUNPOD_SECRET_none}}" };
    const id = await create(server, { env, ports: ["8000/http", "8000/tcp", "22/tcp"] });
    const url = server.proxyUrl(id, 8000);
    assert.equal((await fetch(url)).status, 404);
    fixture.clock.advance(200);
    const first = await untilItAnswers(url);
    assert.equal(first.env.HF_TOKEN, "hf_secret");
    assert.deepEqual([first.env.MODELS, first.env.OTHER], ["[]", env.OTHER]);
    assert.equal(first.env.RUNPOD_POD_ID, id);
    const posted = await untilItAnswers(`${url}/v1/x?y=1`, { method: "POST", body: "text" });
    assert.deepEqual([posted.method, posted.url, posted.body], ["POST", "/v1/x?y=1", "text"]);
    assert.equal((await fetch(server.proxyUrl(id, 22))).status, 404);
    const seen = await ask(server, "GET", `/v2/pods/${id}`);
    assert.equal(seen.body.env?.HF_TOKEN, env.HF_TOKEN);
    assert.equal(seen.body.runtime?.ports.length, 1);
    const direct = await untilItAnswers(`http://127.0.0.1:${seen.body.runtime?.ports[0]?.public}/`);
    assert.equal(direct.pid, first.pid);
    // The pod's own key ends it.
    const key = first.env.RUNPOD_API_KEY ?? "";
    assert.equal((await ask(server, "DELETE", `/v2/pods/${id}`, { key })).status, 204);
    await untilNoProcess(fixture.directory);
    assert.equal((await fetch(url)).status, 404);
    assert.deepEqual(server.world.violations(), []);
  });

  test("is started again when it ends by itself, and ended with its pod", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.startWithPrograms({ provisioningMs: 0, startingMs: 0 });
    const id = await create(server);
    const url = server.proxyUrl(id, 8000);
    const { pid } = await untilItAnswers(url);
    assert.equal((await fetch(`${url}/exit`)).status, 502);
    const second = await until(async () => {
      const answer = await untilItAnswers(url);
      return answer.pid === pid ? undefined : answer;
    });
    assert.equal(await statusOf(server, id), "RUNNING");
    await ask(server, "POST", `/v2/pods/${id}/action`, { body: { action: "restart" } });
    fixture.clock.advance(1);
    assert.notEqual((await untilItAnswers(url)).pid, second.pid);
    await ask(server, "POST", `/v2/pods/${id}/action`, { body: { action: "stop" } });
    await untilNoProcess(fixture.directory);
    assert.equal((await fetch(url)).status, 404);
    await ask(server, "POST", `/v2/pods/${id}/action`, { body: { action: "start" } });
    await untilItAnswers(url);
    server.world.kill("a-1");
    await ask(server, "GET", "/v2/pods");
    await untilNoProcess(fixture.directory);
  });

  test("starts with its container, and ends when its pod dies", async () => {
    await using fixture = new ServerFixture();
    const faults = [{ kind: "pod-dies", afterMs: 2_000, leaves: "exited" }] as const;
    const server = await fixture.startWithPrograms({ provisioningMs: 1_000, faults });
    const id = await create(server);
    assert.deepEqual(await processesOf(fixture.directory), []);
    fixture.clock.advance(1_100);
    await untilItAnswers(server.proxyUrl(id, 8000));
    fixture.clock.advance(900);
    assert.equal(await statusOf(server, id), "EXITED");
    await untilNoProcess(fixture.directory);
  });
});

test("volumes are folders of this machine, by pod or for all pods", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.startWithPrograms({ provisioningMs: 0, startingMs: 0 });
  const volume = await ask(server, "POST", "/v2/network-volumes", {
    body: { name: "weights", size: 50, dataCenter: "US-TX-3" },
  });
  const volumeId = volume.body.id ?? "";
  const env = { HF_HOME: "/workspace/huggingface", OTHER: "/workspaces" };
  const own = await create(server, { env, mounts: { persistent: { size: 10, path: "/workspace" } } });
  const shared = await create(server, { env, mounts: { network: [{ volumeId, path: "/workspace" }] } });
  for (const [id, name] of [
    [own, own],
    [shared, volumeId],
  ] as const) {
    const { HF_HOME, OTHER } = (await untilItAnswers(server.proxyUrl(id, 8000))).env;
    assert.deepEqual(
      [HF_HOME, OTHER],
      [join(fixture.directory, "volumes", name, "huggingface"), "/workspaces"],
    );
  }
});

describe("the proxy", () => {
  test("breaks off an answer of which nothing comes for too long", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.startWithPrograms({ provisioningMs: 0, startingMs: 0, proxyLimitMs: 500 });
    const url = server.proxyUrl(await create(server), 8000);
    await untilItAnswers(url);
    const never = await fetch(`${url}/never`);
    assert.deepEqual([never.status, never.headers.get("content-type")], [524, "text/html"]);
    const stream = await until(async () => {
      const response = await fetch(`${url}/stream`);
      // A slow machine has no first line within the limit.
      return response.status === 200 ? response : undefined;
    });
    await assert.rejects(stream.text());
  });

  test("finds the pod in the name of the host, too", async () => {
    await using fixture = new ServerFixture();
    const server = await fixture.startWithPrograms({ provisioningMs: 0, startingMs: 0 });
    const id = await create(server);
    await untilItAnswers(server.proxyUrl(id, 8000));
    const { status, path } = await askHost(server.url, `${id}-8000.proxy.runpod.net`, "/v1/models");
    assert.deepEqual([status, path], [200, "/v1/models"]);
  });
});

/** `fetch` lets nobody set the host. */
async function askHost(url: string, host: string, path: string): Promise<{ status: number; path: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; path: unknown }>();
  request(`${url}${path}`, { headers: { host } }, async (response) => {
    let text = "";
    for await (const part of response) text += part;
    resolve({ status: response.statusCode ?? 0, path: JSON.parse(text).url });
  })
    .on("error", reject)
    .end();
  return await promise;
}
