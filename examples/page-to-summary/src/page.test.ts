import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { readPage } from "./page.ts";

/** What is read of a server of this machine. */
async function read(listener: RequestListener, allowPrivate = true): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { text } = await readPage({ url, allowPrivate }).run();
    return text;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const answer = (body: string | Buffer, type: string) =>
  read((_request, response) => response.setHeader("content-type", type).end(body));

test("a page is what a reader sees of it, and other text is what it is", async () => {
  assert.equal(await answer("<h1>A</h1>\n<p>b\nc", "text/html"), "A\nb c");
  assert.equal(await answer("a,b\n1, <2>\n", "text/csv"), "a,b\n1, <2>");
  assert.equal(await answer(Buffer.from("<p>caf\xe9", "latin1"), "text/html; charset=iso-8859-1"), "café");
});

test("what no reader sees and no model can be told is taken out", async () => {
  assert.equal(await answer("<p>a&#0;b\u001b[2Jc&#xD800;", "text/html"), "a b [2Jc\ufffd");
  const long = await answer("😀".repeat(2000), "text/plain; charset=utf-8");
  assert.equal(long, "😀".repeat(1500));
});

test("a page that cannot be had is an error that says why", async () => {
  await assert.rejects(
    read((_request, response) => response.writeHead(404).end()),
    /404/,
  );
  await assert.rejects(answer(" <p> <!-- nothing -->", "text/html"), /has no text/);
  await assert.rejects(answer("x".repeat(2 ** 20 + 1), "text/plain"), /maxResponseBytes/);
});

test("a page of this machine is read only where that is allowed", async () => {
  const page: RequestListener = (_request, response) => response.end("secret");
  await assert.rejects(read(page, false), /publicAddressesOnly/);
  assert.equal(await read(page), "secret");
});
