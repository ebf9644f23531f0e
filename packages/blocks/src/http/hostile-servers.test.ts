import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { HttpGetBlock, type HttpOptions } from "../index.ts";
import { eventually } from "../testing/eventually.ts";
import { TestServer } from "../testing/http-server.ts";

async function failed(listener: RequestListener, options: HttpOptions = {}) {
  await using server = await TestServer.start(listener);
  const operation = await new HttpGetBlock(server.url(), { maxRetries: 0, ...options }).run();
  assert.ok(!operation.success, JSON.stringify(operation).slice(0, 200));
  return operation;
}

function sendForEver(response: ServerResponse, chunk: Buffer): void {
  response.once("drain", () => sendForEver(response, chunk));
  while (!response.destroyed && response.write(chunk));
}

describe("a server that", () => {
  test("sends for ever is cut off at the limit, and its connection is gone", async () => {
    await using server = await TestServer.start((_request, response) =>
      sendForEver(response, Buffer.alloc(65_536)),
    );
    const operation = await new HttpGetBlock(server.url(), { maxResponseBytes: 1_000_000 }).run();
    assert.ok(!operation.success);
    assert.deepEqual([operation.failure, operation.statusCode], ["size", 200]);
    assert.match(operation.reason, /more than 1000000 bytes \(maxResponseBytes\)/);
    await eventually(() => assert.equal(server.sockets.size, 0));
  });

  test("sends little that unpacks to much is cut off too", async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(200_000_000)));
    assert.ok(bomb.length < 5000);
    const before = process.memoryUsage.rss();
    const operation = await failed((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip, gzip" }).end(bomb),
    );
    assert.equal(operation.failure, "size");
    assert.ok(process.memoryUsage.rss() - before < 150_000_000);
  });

  test("may send as much as the limit", async () => {
    await using server = await TestServer.start((_request, response) => response.end("1234"));
    assert.ok((await new HttpGetBlock(server.url(), { maxResponseBytes: 4 }).run()).success);
    assert.ok(!(await new HttpGetBlock(server.url(), { maxResponseBytes: 3 }).run()).success);
  });

  test("sends less than it says has sent no whole answer", async () => {
    const operation = await failed((_request, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("short");
      setTimeout(() => response.destroy(), 50);
    });
    assert.deepEqual([operation.failure, operation.statusCode], ["network", 200]);
    assert.match(operation.reason, /^No whole answer/);
  });

  test("speaks no HTTP is a failure", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH\r\n")).listen(
      0,
    );
    await once(server, "listening");
    try {
      const { port } = server.address() as { port: number };
      const operation = await new HttpGetBlock(`http://127.0.0.1:${port}`, { maxRetries: 0 }).run();
      assert.ok(!operation.success);
      assert.equal(operation.failure, "network");
    } finally {
      server.close();
    }
  });

  test("resets the connection is a failure", async () => {
    const operation = await failed((request) => request.socket.resetAndDestroy());
    assert.equal(operation.failure, "network");
  });

  test("is slow runs into the timeout, before its headers and after", async () => {
    const silent = await failed(() => {}, { timeoutSeconds: 0.3 });
    assert.equal(silent.failure, "timeout");
    assert.match(silent.reason, /within 0\.3 seconds \(timeoutSeconds\)/);
    const trickling = await failed(
      (_request, response) => {
        const timer = setInterval(() => response.write("."), 20);
        response.on("close", () => clearInterval(timer));
      },
      { timeoutSeconds: 0.3 },
    );
    assert.equal(trickling.failure, "timeout");
  });

  test("redirects in a loop is left after some", async () => {
    const operation = await failed(
      (_request, response) => response.writeHead(302, { location: "/again" }).end(),
      { maxRedirects: 3 },
    );
    assert.deepEqual([operation.failure, operation.statusCode], ["redirect", 302]);
    assert.match(operation.reason, /more than 3 times \(maxRedirects\)/);
  });

  test("redirects to nowhere is a failure", async () => {
    for (const location of ["http://", "ftp://a/", "data:,a"]) {
      const operation = await failed((_request, response) => response.writeHead(301, { location }).end());
      assert.equal(operation.failure, "redirect", location);
    }
  });
});

describe("the signal", () => {
  for (const [when, listener] of [
    ["before the headers", () => {}],
    [
      "in the body",
      (_request: unknown, response: ServerResponse) => sendForEver(response, Buffer.alloc(1000)),
    ],
  ] as const) {
    test(`ends a request ${when}, and its connection`, async () => {
      const asked = Promise.withResolvers<void>();
      await using server = await TestServer.start((request, response) => {
        asked.resolve();
        (listener as RequestListener)(request, response);
      });
      const controller = new AbortController();
      const running = new HttpGetBlock(server.url(), { maxResponseBytes: 1e12 }).run({
        signal: controller.signal,
      });
      await asked.promise;
      const reason = new Error("stop");
      controller.abort(reason);
      await assert.rejects(running, reason);
      await eventually(() => assert.equal(server.sockets.size, 0));
    });
  }

  test("ends the wait before a retry", async () => {
    await using server = await TestServer.start((_request, response) =>
      response.writeHead(503, { "retry-after": "50" }).end(),
    );
    const controller = new AbortController();
    const stream = new HttpGetBlock(server.url()).stream({ signal: controller.signal });
    assert.equal((await stream.next()).value?.type, "progress");
    controller.abort(new Error("stop"));
    await assert.rejects(stream.next(), /stop/);
    await eventually(() => assert.ok(!process.getActiveResourcesInfo().includes("Timeout")));
  });
});
