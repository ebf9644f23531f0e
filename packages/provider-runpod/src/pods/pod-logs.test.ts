import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { RunpodProvider } from "../index.ts";
import { OpenApiDocument } from "../testing/open-api-document.ts";
import { samplePod } from "../testing/sample-answers.ts";

const document = OpenApiDocument.load();

/** A pod whose log is as the test writes it, over a real connection. */
class LogServer implements AsyncDisposable {
  readonly requests: URL[] = [];
  readonly #violations: string[] = [];
  status = "RUNNING";
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const headers = new Headers({ authorization: request.headers.authorization ?? "" });
    const sent = { method: request.method ?? "", url, headers, body: undefined };
    this.#violations.push(...(document?.requestViolations(sent) ?? []));
    if (!url.pathname.endsWith("/logs")) {
      response.end(JSON.stringify(samplePod({ status: this.status })));
      return;
    }
    this.requests.push(url);
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    this.#onOpen(response, this.requests.length);
  });
  readonly #onOpen: (response: ServerResponse, count: number) => void;

  constructor(onOpen: (response: ServerResponse, count: number) => void) {
    this.#onOpen = onOpen;
  }

  async provider(): Promise<RunpodProvider> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return new RunpodProvider({ apiKey: "key", apiUrl, pause: async () => {} });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    assert.deepEqual(this.#violations, []);
  }
}

const at = (second: number) => `2026-11-20T12:00:0${second}Z`;

function event(line: string, second: number): string {
  const ts = at(second);
  return `id: ${ts}/000000000001\ndata: ${JSON.stringify({ ts, source: "container", line })}\n\n`;
}

test("the lines of the past, without what is no line, until nothing more comes", async () => {
  await using server = new LogServer((response) => {
    response.write(`: hello\n\n${event("one", 1)}data: {"what": 1}\n\ndata: {\n\n${event("two", 2)}`);
  });
  const provider = await server.provider();
  assert.deepEqual(await Array.fromAsync(provider.logs("p", { tailLines: 10 })), ["one", "two"]);
  assert.equal(server.requests[0]?.search, "?source=container&tail=10");
});

test("no more lines of the past are asked for than RunPod gives", async () => {
  await using server = new LogServer((response) => response.end());
  const provider = await server.provider();
  await Array.fromAsync(provider.logs("p"));
  await Array.fromAsync(provider.logs("p", { tailLines: 9_000 }));
  for (const { search } of server.requests) assert.equal(search, "?source=container&tail=5000");
});

test("following goes on where a connection was lost, without lines twice, until the pod ends", async () => {
  await using server = new LogServer((response, count) => {
    if (count === 1) {
      response.write(event("one", 1) + event("two", 2) + event("two", 2), () => response.destroy());
    } else if (count === 2) {
      response.end(event("two", 2) + event("two", 2) + event("two", 2) + event("three", 3));
    } else {
      server.status = "EXITED";
      response.end(event("four", 4));
    }
  });
  const provider = await server.provider();
  const lines = await Array.fromAsync(provider.logs("p", { follow: true }));
  assert.deepEqual(lines, ["one", "two", "two", "two", "three", "four"]);
  assert.deepEqual(
    server.requests.map(({ search }) => decodeURIComponent(search)),
    ["?source=container&tail=5000", ...[2, 3].map((second) => `?source=container&since=${at(second)}`)],
  );
});

test("following ends with its signal", async () => {
  const left = new AbortController();
  const reason = new Error("enough");
  await using server = new LogServer((response) => response.write(event("one", 1)));
  const provider = await server.provider();
  const lines: string[] = [];
  await assert.rejects(async () => {
    for await (const line of provider.logs("p", { follow: true, signal: left.signal })) {
      lines.push(line);
      left.abort(reason);
    }
  }, reason);
  assert.deepEqual(lines, ["one"]);
});

test("leaving the loop closes the connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new LogServer((response) => {
    response.on("close", closed.resolve).write(event("one", 1));
  });
  const provider = await server.provider();
  for await (const line of provider.logs("p", { follow: true })) {
    assert.equal(line, "one");
    break;
  }
  await closed.promise;
});
