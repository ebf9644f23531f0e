import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, create, podRequest, ServerFixture } from "../fixture.ts";

test("who has no key, or another's, is told so", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.start({ keys: { one: "user_one", two: "user_two" } });
  const none = await fetch(`${server.url}/v2/pods`);
  assert.deepEqual([none.status, none.headers.get("content-type")], [401, "application/problem+json"]);
  assert.deepEqual(await none.json(), { title: "Unauthorized", status: 401, detail: "missing bearer token" });
  assert.equal((await ask(server, "GET", "/v2/pods", { key: "three" })).status, 401);
  const created = await ask(server, "POST", "/v2/pods", { key: "one", body: podRequest });
  assert.equal((await ask(server, "GET", `/v2/pods/${created.body.id}`, { key: "two" })).status, 404);
  assert.deepEqual((await ask(server, "GET", "/v2/pods", { key: "two" })).body, { pods: [] });
  assert.equal((await ask(server, "DELETE", `/v2/pods/${created.body.id}`, { key: "two" })).status, 404);
  assert.deepEqual((await ask(server, "GET", "/v2/account/ssh-keys", { key: "one" })).body, { keys: [] });
  assert.deepEqual(server.world.violations(), ["GET /v2/pods: no authorization"]);
});

test("GraphQL says whose a key is, and ends a pod", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.start({ keys: { one: "user_one" } });
  const query = async (text: string) =>
    await ask(server, "POST", "/graphql", { key: "one", body: { query: text } });
  assert.equal((await query("query { myself { id } }")).body.data?.myself.id, "user_one");
  const pod = await ask(server, "POST", "/v2/pods", { key: "one", body: podRequest });
  const mutation = `mutation { podTerminate(input: { podId: "${pod.body.id}" }) }`;
  assert.deepEqual((await query(mutation)).body, { data: { podTerminate: null } });
  assert.deepEqual(server.world.living(), []);
  assert.equal((await query(mutation)).status, 404);
  assert.deepEqual(server.world.violations(), []);
  assert.equal((await query("{ myself { pods } }")).status, 400);
  assert.deepEqual(server.world.violations(), ["POST /graphql: the stand-in does not know this query"]);
});

test("a pod's own key opens that pod, by GraphQL only, or nothing", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.start();
  const strict = await fixture.start({ podKeyScope: "nothing" });
  const old = await fixture.start({ podKeyScope: "graphql" });
  const [own, other] = [await create(server), await create(server)];
  const key = podKeyOf(fixture, own);
  const statusFor = async (where: typeof server, method: string, path: string) =>
    (await ask(where, method, path, { key })).status;
  assert.equal(await statusFor(server, "GET", "/v2/pods"), 403);
  assert.equal(await statusFor(server, "DELETE", `/v2/pods/${other}`), 403);
  assert.equal(await statusFor(strict, "DELETE", `/v2/pods/${own}`), 403);
  assert.equal(await statusFor(server, "GET", `/v2/pods/${own}`), 200);
  assert.equal(await statusFor(server, "DELETE", `/v2/pods/${own}`), 204);
  const [id = ""] = server.world.living().map((pod) => pod.id);
  assert.equal(id, other);
  const otherKey = podKeyOf(fixture, other);
  assert.equal((await ask(old, "DELETE", `/v2/pods/${other}`, { key: otherKey })).status, 403);
  const query = `mutation { podTerminate(input: { podId: "${other}" }) }`;
  assert.equal((await ask(strict, "POST", "/graphql", { key: otherKey, body: { query } })).status, 403);
  assert.equal((await ask(old, "POST", "/graphql", { key: otherKey, body: { query } })).status, 200);
  assert.deepEqual(server.world.living(), []);
});

function podKeyOf({ directory }: ServerFixture, id: string): string {
  const { podKey }: { podKey: string } = JSON.parse(
    readFileSync(join(directory, "pods", id, "pod.json"), "utf8"),
  );
  return podKey;
}

test("quotas are told with each answer, and hold for all processes together", async () => {
  await using fixture = new ServerFixture();
  const quotas = { minute: 3, hour: 100, day: 1_000 };
  const servers = [await fixture.start({ quotas }), await fixture.start({ quotas })] as const;
  fixture.clock.advance(10_000);
  await ask(servers[0], "GET", "/v2/pods");
  const second = await ask(servers[1], "GET", "/v2/pods");
  assert.equal(second.headers.get("ratelimit"), '"minute";r=1;t=50, "hour";r=98;t=3590, "day";r=998;t=86390');
  assert.equal(
    second.headers.get("ratelimit-policy"),
    '"minute";q=3;w=60, "hour";q=100;w=3600, "day";q=1000;w=86400',
  );
  await ask(servers[0], "GET", "/v2/pods");
  const refused = await ask(servers[1], "GET", "/v2/pods");
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "50"]);
  assert.equal(refused.body.detail, "rate limit exceeded for the minute window");
  fixture.clock.advance(50_000);
  assert.equal((await ask(servers[1], "GET", "/v2/pods")).status, 200);
});

test("a wrong request is refused, and remembered", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.start();
  const invalid = await ask(server, "POST", "/v2/pods", { body: { ...podRequest, bogus: true } });
  assert.deepEqual(invalid.body, {
    title: "Unprocessable Entity",
    status: 422,
    detail: "Request validation failed.",
    errors: ["$: additional properties 'bogus' not allowed"],
  });
  const bad = await ask(server, "POST", "/v2/pods", { body: { ...podRequest, ports: ["8000"] } });
  assert.deepEqual([bad.status, bad.body.title], [400, "Bad Request"]);
  assert.equal((await ask(server, "GET", "/v1/pods")).status, 404);
  const method = await ask(server, "PUT", "/v2/pods");
  assert.deepEqual([method.status, method.headers.get("allow")], [405, "GET, POST"]);
  assert.deepEqual(server.world.living(), []);
  assert.deepEqual(server.world.violations(), [
    "POST /v2/pods: $: additional properties 'bogus' not allowed",
    "POST /v2/pods: ports: expected <port>/http or <port>/tcp, but found 8000",
    "GET /v1/pods: no such path",
    "PUT /v2/pods: no such method, only GET, POST",
  ]);
});
