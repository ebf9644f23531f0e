import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { HttpGetBlock, HttpPostBlock } from "../index.ts";
import { TestServer } from "../testing/http-server.ts";
import { isPublicAddress } from "./host-policy.ts";

const Data = Type.Object({ a: Type.Integer() });

/** A server whose first path redirects to its second, at another name of the same machine. */
async function redirecting(status: number, host: string) {
  const server: TestServer = await TestServer.start(({ url }, response) => {
    if (url === "/first") response.writeHead(status, { location: server.url("/second", host) }).end();
    else response.end("there");
  });
  return server;
}

describe("a redirect", () => {
  test("keeps all headers at the same origin, and only harmless ones at another", async () => {
    const headers = {
      authorization: "Bearer secret",
      "x-api-key": "secret",
      cookie: "secret",
      "user-agent": "me",
    };
    for (const [host, key] of [
      ["127.0.0.1", "secret"],
      ["localhost", undefined],
    ] as const) {
      await using server = await redirecting(302, host);
      const operation = await new HttpGetBlock(server.url("/first"), { headers }).run();
      assert.deepEqual([operation.success, operation.data], [true, "there"]);
      const second = server.seen[1]?.headers;
      assert.deepEqual([second?.["x-api-key"], second?.cookie, second?.["user-agent"]], [key, key, "me"]);
      assert.equal(second?.authorization, key && `Bearer ${key}`);
    }
  });

  test("makes a GET of a POST, or keeps it, as the status says", async () => {
    for (const [status, method, body] of [
      [301, "GET", ""],
      [303, "GET", ""],
      [307, "POST", '{"a":1}'],
      [308, "POST", '{"a":1}'],
    ] as const) {
      await using server = await redirecting(status, "127.0.0.1");
      assert.ok((await new HttpPostBlock(Data, server.url("/first")).run({ a: 1 })).success);
      assert.deepEqual([server.seen[1]?.method, server.seen[1]?.body], [method, body], String(status));
    }
  });

  test("takes no data to a host that nobody named", async () => {
    await using server = await redirecting(307, "localhost");
    const operation = await new HttpPostBlock(Data, server.url("/first")).run({ a: 1 });
    assert.ok(!operation.success);
    assert.equal(operation.failure, "redirect");
    assert.match(operation.reason, /localhost:\d+; name it in allowedHosts/);
    assert.equal(server.seen.length, 1);
    const named = new HttpPostBlock(Data, server.url("/first"), { allowedHosts: ["127.0.0.1", "localhost"] });
    assert.ok((await named.run({ a: 1 })).success);
    assert.equal(server.seen.at(-1)?.body, '{"a":1}');
    assert.equal(server.seen.at(-1)?.headers["content-type"], "application/json");
  });
});

describe("hosts", () => {
  test("that are not allowed are not asked, nor redirected to", async () => {
    await using server = await redirecting(302, "localhost");
    const port = new URL(server.url()).port;
    const ask = (path: string, allowedHosts: readonly string[]) =>
      new HttpGetBlock(server.url(path), { allowedHosts }).run();
    assert.ok((await ask("/second", ["127.0.0.1"])).success);
    assert.ok((await ask("/second", [`127.0.0.1:${port}`])).success);
    assert.ok((await ask("/first", ["127.0.0.1", "LOCALHOST"])).success);
    const before = server.seen.length;
    for (const allowed of [[], ["example.com"], ["127.0.0.1:1"], ["*.127.0.0.1"], ["27.0.0.1"]]) {
      const operation = await ask("/second", allowed);
      assert.ok(!operation.success, String(allowed));
      assert.equal(operation.failure, "address");
    }
    assert.equal(server.seen.length, before);
    const redirected = await ask("/first", ["127.0.0.1"]);
    assert.ok(!redirected.success);
    assert.match(redirected.reason, /localhost:\d+ is not one of those that are allowed/);
    assert.equal(server.seen.length, before + 1);
  });

  test("with private addresses are refused where only public ones may be asked", async () => {
    await using server = await TestServer.start((_request, response) => response.end());
    const { port } = new URL(server.url());
    for (const host of [
      "127.0.0.1",
      "localhost",
      "127.1",
      "0x7f000001",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0",
    ]) {
      const block = new HttpGetBlock(`http://${host}:${port}`, { publicAddressesOnly: true });
      const operation = await block.run();
      assert.ok(!operation.success, host);
      assert.equal(operation.failure, "address", host);
    }
    assert.equal(server.seen.length, 0);
  });

  test("are public by the registries of addresses", () => {
    for (const address of ["1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00::1"])
      assert.ok(isPublicAddress(address), address);
    for (const address of [
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "169.254.169.254",
      "172.16.0.1",
      "192.168.1.1",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "fc00::1",
      "fe80::1",
      "::ffff:10.0.0.1",
      "::ffff:1.1.1.1",
      "64:ff9b::a00:1",
      "2002:a00:1::",
    ])
      assert.ok(!isPublicAddress(address), address);
  });
});
