import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, create, ServerFixture, untilItAnswers } from "../fixture.ts";
import { STAND_IN_KEY } from "./keys.ts";

async function openLog(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${STAND_IN_KEY}`, ...headers } });
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/event-stream"]);
  return response;
}

/** Reads events until there is one with the line. */
async function eventsUntil(last: string, { body }: Response): Promise<string[]> {
  let text = "";
  for await (const part of body ?? []) {
    text += Buffer.from(part).toString();
    if (text.includes(`"line":"${last}"`)) break;
  }
  return text.split("\n\n").filter((event) => event !== "");
}

const lineOf = (event: string) => JSON.parse(event.split("\ndata: ")[1] ?? "").line;

test("logs are streamed as events, from the end or from where the client was", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.startWithPrograms({ provisioningMs: 0, startingMs: 0 });
  const id = await create(server);
  await untilItAnswers(server.proxyUrl(id, 8000));
  const url = `${server.url}/v2/pods/${id}/logs`;
  const all = await eventsUntil("GET /", await openLog(url));
  assert.deepEqual(all.map(lineOf), ["create container conduit/lm-lite:1", "starting", "GET /"]);
  const container = await eventsUntil("GET /", await openLog(`${url}?source=container&tail=1`));
  assert.deepEqual(container.map(lineOf), ["GET /"]);
  const live = await openLog(`${url}?tail=0`);
  await fetch(`${server.proxyUrl(id, 8000)}/later`);
  assert.deepEqual((await eventsUntil("GET /later", live)).map(lineOf), ["GET /later"]);
  const cursor = /^id: (\S+)/.exec(all[1] ?? "")?.[1] ?? "";
  const resumed = await eventsUntil("GET /later", await openLog(url, { "last-event-id": cursor }));
  assert.deepEqual(resumed.map(lineOf), ["starting", "GET /", "GET /later"]);
  await ask(server, "POST", `/v2/pods/${id}/action`, { body: { action: "stop" } });
  // The log of a pod that does not run comes to an end.
  assert.equal((await eventsUntil("never written", await openLog(url))).length, 4);
  assert.equal((await ask(server, "GET", "/v2/pods/none/logs")).status, 404);
  assert.deepEqual(server.world.violations(), []);
});
