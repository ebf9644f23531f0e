import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { HttpGetBlock, InvalidBlockOptionsError } from "../index.ts";
import { TestServer } from "../testing/http-server.ts";

const text = { "content-type": "text/plain; charset=utf-8" };
const json = { "content-type": "application/json" };

describe("what comes back", () => {
  test("is text, or JSON where the server says so", async () => {
    await using server = await TestServer.start(({ url }, response) => {
      if (url === "/json")
        response.writeHead(200, { "content-type": "application/problem+json" }).end('{"a":[1]}');
      else response.writeHead(201, text).end("héllo");
    });
    assert.deepEqual(await new HttpGetBlock(server.url("/json")).run(), {
      success: true,
      statusCode: 200,
      data: { a: [1] },
    });
    assert.deepEqual(await new HttpGetBlock(new URL(server.url())).run(), {
      success: true,
      statusCode: 201,
      data: "héllo",
    });
    const asText = new HttpGetBlock(server.url("/json"), { responseType: "text" });
    const operation = await asText.run();
    assert.ok(operation.success);
    assert.equal(operation.data, '{"a":[1]}');
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ["GET", "GET", "GET"],
    );
  });

  test("is in whatever encoding the header or the page names", async () => {
    const latin = Buffer.from("<meta charset='iso-8859-1'>\u00e9", "latin1");
    await using server = await TestServer.start(({ url }, response) => {
      if (url === "/page") response.writeHead(200, { "content-type": "text/html" }).end(latin);
      else if (url === "/header")
        response
          .writeHead(200, { "content-type": 'text/plain; charset="shift_jis"' })
          .end(Buffer.from("93fa", "hex"));
      else response.writeHead(200, { "content-type": "text/plain; charset=klingon" }).end("é");
    });
    const read = async (path: string) => (await new HttpGetBlock(server.url(path)).run()).data;
    assert.match(String(await read("/page")), /é$/);
    assert.equal(await read("/header"), "日");
    assert.equal(await read("/unknown"), "é");
  });

  test("is nothing where there can be nothing", async () => {
    await using server = await TestServer.start((_request, response) => response.writeHead(204).end());
    const asJson = await new HttpGetBlock(server.url(), { responseType: "json", output: Type.Null() }).run();
    assert.deepEqual(asJson, { success: true, statusCode: 204, data: null });
    assert.equal((await new HttpGetBlock(server.url()).run()).data, "");
  });

  test("is a failure with its status and body where that is no success", async () => {
    await using server = await TestServer.start((_request, response) =>
      response.writeHead(404, json).end('{"error":"gone"}'),
    );
    assert.deepEqual(await new HttpGetBlock(server.url()).run(), {
      success: false,
      statusCode: 404,
      data: { error: "gone" },
      failure: "status",
      reason: "The server answered 404 Not Found.",
    });
    assert.equal(server.seen.length, 1, "not asked again");
  });

  test("is typed and validated by an output schema, and a failure where it does not match", async () => {
    await using server = await TestServer.start(({ url }, response) => {
      response.writeHead(200, json).end(url === "/broken" ? '{"name":' : '{"name":"Ada","age":"x"}');
    });
    const Person = Type.Object({ name: Type.String(), age: Type.Integer() });
    const Named = Type.Object({ name: Type.String() });
    const good = await new HttpGetBlock(server.url(), { output: Named }).run();
    assert.ok(good.success);
    const name: string = good.data.name;
    assert.equal(name, "Ada");
    const bad = await new HttpGetBlock(server.url(), { output: Person }).run();
    assert.ok(!bad.success);
    assert.deepEqual([bad.failure, bad.statusCode], ["body", 200]);
    assert.match(bad.reason, /\/age must be integer/);
    const broken = await new HttpGetBlock(server.url("/broken"), { output: Named }).run();
    assert.ok(!broken.success);
    assert.deepEqual([broken.failure, broken.data], ["body", '{"name":']);
    assert.match(broken.reason, /not JSON/);
  });
});

describe("the request", () => {
  test("has the headers, and the URL's credentials as the header that they stand for", async () => {
    await using server = await TestServer.start((_request, response) => response.end());
    const endpoint = server.url("/a?b=c#d").replace("//", "//user:p%40ss@");
    await new HttpGetBlock(endpoint, { headers: { "x-key": "k" } }).run();
    assert.equal(server.seen[0]?.url, "/a?b=c");
    assert.equal(server.seen[0]?.headers["x-key"], "k");
    assert.equal(server.seen[0]?.headers.authorization, `Basic ${btoa("user:p@ss")}`);
  });

  test("cannot be made with options that make no sense", () => {
    const wrong = [
      ["endpoint", "no url", {}],
      ["endpoint", "file:///etc/passwd", {}],
      ["headers", "http://a", { headers: { "x-a": "a\r\nx-b: b" } }],
      ["timeoutSeconds", "http://a", { timeoutSeconds: 0 }],
      ["maxRetries", "http://a", { maxRetries: -1 }],
      ["maxRedirects", "http://a", { maxRedirects: 0.5 }],
      ["maxResponseBytes", "http://a", { maxResponseBytes: Number.NaN }],
      ["responseType", "http://a", { responseType: "xml" as never }],
      ["allowedHosts", "http://a", { allowedHosts: ["http://a"] }],
    ] as const;
    for (const [option, endpoint, options] of wrong) {
      assert.throws(
        () => new HttpGetBlock(endpoint, options),
        (error) => InvalidBlockOptionsError.isInstance(error) && error.option === option,
        option,
      );
    }
  });
});

describe("what is asked again", () => {
  test("is what may pass, and not before the server says", async () => {
    let asked = 0;
    const times: number[] = [];
    await using server = await TestServer.start((_request, response) => {
      times.push(performance.now());
      if (++asked === 1) response.writeHead(503, { "retry-after": "1" }).end();
      else if (asked === 2) response.destroy();
      else response.writeHead(200, text).end("at last");
    });
    const events = [];
    for await (const event of new HttpGetBlock(server.url()).stream()) events.push(event);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["progress", "progress", "result"],
    );
    assert.deepEqual(events.at(-1), {
      type: "result",
      value: { success: true, statusCode: 200, data: "at last" },
    });
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990);
  });

  test("is given up after the retries, or where the server asks for more time than there is", async () => {
    await using server = await TestServer.start(({ url }, response) =>
      response.writeHead(503, url === "/late" ? { "retry-after": "3600" } : {}).end("down"),
    );
    const operation = await new HttpGetBlock(server.url(), { maxRetries: 1 }).run();
    assert.deepEqual([operation.success, operation.statusCode, operation.data], [false, 503, "down"]);
    assert.equal(server.seen.length, 2);
    assert.equal((await new HttpGetBlock(server.url("/late")).run()).statusCode, 503);
    assert.equal(server.seen.length, 3);
  });

  test("is given up at once where the server asks for more time than a timer can wait", async () => {
    await using server = await TestServer.start((_request, response) =>
      response.writeHead(503, { "retry-after": "99999999" }).end("down"),
    );
    const patient = new HttpGetBlock(server.url(), { timeoutSeconds: Number.POSITIVE_INFINITY });
    assert.equal((await patient.run()).statusCode, 503);
    assert.equal(server.seen.length, 1);
  });

  test("is a server that is not there", async () => {
    const server = await TestServer.start(() => {});
    const url = server.url();
    await server[Symbol.asyncDispose]();
    const operation = await new HttpGetBlock(url, { maxRetries: 1 }).run();
    assert.ok(!operation.success);
    assert.equal(operation.failure, "network");
    assert.match(operation.reason, /^No answer from http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\.$/);
  });
});
