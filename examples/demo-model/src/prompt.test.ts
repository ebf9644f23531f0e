import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { test } from "node:test";
import { LMLiteBlock } from "@conduit/lm-lite";
import { Listing } from "@conduit-examples/shell-to-files/files";
import { exampleOf } from "./example.ts";
import { messagesOf, PHRASINGS } from "./prompt.ts";
import { Random } from "./random.ts";

test("the messages are those that LMLiteBlock sends", async () => {
  const bodies: { messages: unknown }[] = [];
  const server = createServer(async (request, response) => {
    bodies.push((await json(request)) as { messages: unknown });
    response.writeHead(401).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lm = LMLiteBlock.connect({ baseUrl });
    const random = new Random(3);
    for (const phrasing of PHRASINGS) {
      for (let count = 0; count < 20; count++) {
        const { listing } = exampleOf(random, count);
        const block = lm.block({ model: "m", input: Listing, ...phrasing });
        await assert.rejects(block.run({ listing }));
        assert.deepEqual(bodies.at(-1)?.messages, messagesOf(phrasing, listing));
      }
    }
    assert.equal(bodies.length, 20 * PHRASINGS.length);
  } finally {
    server.close();
  }
});
