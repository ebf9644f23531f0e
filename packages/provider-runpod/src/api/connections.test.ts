import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { ProviderError } from "@conduit/types";
import { Type } from "typebox";
import { createPodBody } from "../pods/create-pod-body.ts";
import { OpenApiDocument, skipWithoutDocument } from "../testing/open-api-document.ts";
import { sampleSpec } from "../testing/sample-answers.ts";
import { RunpodApi, type RunpodRequest } from "./runpod-api.ts";

const read: RunpodRequest = { kind: "read", what: "list its pods", method: "GET", path: "/v2/pods" };
const create: RunpodRequest = {
  kind: "create",
  what: "create a pod",
  method: "POST",
  path: "/v2/pods",
  body: createPodBody(sampleSpec(), {}, "https://api.runpod.io"),
};
const change: RunpodRequest = {
  kind: "change",
  what: "stop a pod",
  method: "POST",
  path: "/v2/pods/p/action",
  body: { action: "stop" },
};
const end: RunpodRequest = { kind: "end", what: "terminate a pod", method: "DELETE", path: "/v2/pods/p" };

test("these requests are RunPod's", { skip: skipWithoutDocument }, () => {
  const document = OpenApiDocument.load();
  const headers = new Headers({ authorization: "Bearer key" });
  for (const { method, path, body } of [read, create, change, end]) {
    const url = new URL(path, "https://api.runpod.io");
    assert.deepEqual(document?.requestViolations({ method, url, headers, body }), []);
  }
});

/** What becomes of each kind of request, and how often it was tried. */
async function outcomes(apiUrl: string, timeoutMs: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const request of [read, create, change, end]) {
    let tries = 1;
    const pause = async () => void tries++;
    const api = new RunpodApi({ apiKey: "key", apiUrl, timeoutMs, pause, nowMs: Date.now });
    await assert.rejects(api.ask(request, Type.Object({})), (error) => {
      assert.ok(ProviderError.isInstance(error), String(error));
      found.push(`${error.code} ${error.outcome} ${error.retry}, tried ${tries} times`);
      return true;
    });
  }
  return found;
}

async function whileServing(listener: RequestListener, body: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const LOST = [
  "RUNPOD_ANSWER_LOST none later, tried 4 times",
  "RUNPOD_ANSWER_LOST maybe later, tried 1 times",
  "RUNPOD_ANSWER_LOST maybe later, tried 1 times",
  "RUNPOD_ANSWER_LOST maybe later, tried 4 times",
];
const NEVER_SENT = [
  "RUNPOD_UNREACHABLE none later, tried 4 times",
  "RUNPOD_UNREACHABLE none later, tried 1 times",
  "RUNPOD_UNREACHABLE none later, tried 1 times",
  "RUNPOD_UNREACHABLE none later, tried 4 times",
];

test("a connection that is reset after a request leaves open what came of it", async () => {
  await whileServing(
    (request) => request.socket.destroy(),
    async (url) => assert.deepEqual(await outcomes(url, 30_000), LOST),
  );
});

test("an answer that breaks off leaves it open too", async () => {
  await whileServing(
    (_, response) => {
      response.writeHead(201, { "content-length": 100 });
      response.write("{", () => response.socket?.destroy());
    },
    async (url) => assert.deepEqual(await outcomes(url, 30_000), LOST),
  );
});

test("so does an answer that does not come in time", async () => {
  await whileServing(
    () => {},
    async (url) => assert.deepEqual(await outcomes(url, 100), LOST),
  );
});

test("nobody who listens was asked for nothing", async () => {
  let closed = "";
  await whileServing(
    () => {},
    async (url) => {
      closed = url;
    },
  );
  assert.deepEqual(await outcomes(closed, 30_000), NEVER_SENT);
});

test("nor was who breaks off within the handshake of TLS", async () => {
  const server = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(await outcomes(url, 30_000), NEVER_SENT);
  } finally {
    server.close();
  }
});

test("the key does not follow where another address is named", async () => {
  const paths: (string | undefined)[] = [];
  await whileServing(
    (request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    },
    async (url) => {
      const refused = [4, 1, 1, 4].map((tries) => `RUNPOD_REFUSED none later, tried ${tries} times`);
      assert.deepEqual(await outcomes(url, 30_000), refused);
    },
  );
  assert.ok(!paths.includes("/elsewhere"));
});

test("giving up is no failure of RunPod's", async () => {
  const reason = new Error("enough");
  await whileServing(
    () => {},
    async (apiUrl) => {
      const api = new RunpodApi({
        apiKey: "key",
        apiUrl,
        timeoutMs: 30_000,
        pause: async () => {},
        nowMs: Date.now,
      });
      const signal = AbortSignal.any([AbortSignal.timeout(100)]);
      await assert.rejects(api.ask(create, Type.Object({}), { signal }), { name: "TimeoutError" });
      const left = new AbortController();
      const asked = api.tell(end, { signal: left.signal });
      left.abort(reason);
      await assert.rejects(asked, reason);
    },
  );
});
