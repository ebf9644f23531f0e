import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EndpointRouter } from "@conduit/deployment";
import { EndpointError } from "./errors/endpoint-error.ts";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { LmClient } from "./lm-client.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import {
  answer,
  beginning,
  chunk,
  inTurn,
  type Responder,
  refusal,
  scriptedEndpoint,
  sendEvents,
  usageChunk,
} from "./testing/scripted-endpoint.ts";

const request = { model: "m", messages: [{ role: "user", content: "Hello" }] } as const;

/** Long enough for an answer to end after its last event, so that its connection is free. */
const ANSWER_END_MS = 150;

/** Long enough for a busy machine. */
const MAX_SILENCE_MS = 1_000;

/** A client of nodes whose probes always answer; requests come to the first one first. */
function clientOf(...baseUrls: readonly string[]) {
  const router = new EndpointRouter();
  const probed: string[] = [];
  router.setNodes(
    baseUrls.map((baseUrl, index) => ({
      name: `node-${index}`,
      ready: true,
      endpoint: { nodeName: `node-${index}`, baseUrl, key: "key" },
      probe: async () => probed.push(`node-${index}`) > 0,
    })),
  );
  const source = { acquire: router.acquire.bind(router) };
  const client = new LmClient({
    source,
    servedName: (model) => model,
    alwaysConstrains: true,
    maxSilenceMs: MAX_SILENCE_MS,
  });
  return { router, client, probed };
}

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}

const unavailable: Responder = (response) => {
  response.writeHead(503, { "retry-after": "1", "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message: "this server is shutting down", code: "shutting_down" } }));
};
const saying = (...events: readonly unknown[]): Responder => {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    setTimeout(() => response.destroy(), 20);
  };
};
const role = chunk({ role: "assistant", content: "" });
const unhealthy = { error: { message: "device lost", type: "server_error", code: "engine_unhealthy" } };

describe("a request moves on where nothing of its answer has come:", () => {
  const failures: Record<string, Responder> = {
    "the connection is closed": (response) => response.destroy(),
    "the connection is reset": (response) => response.socket?.resetAndDestroy(),
    "the node is shutting down": unavailable,
    "a proxy does not reach the node": (response) => response.writeHead(502).end("<html>Bad gateway</html>"),
    "the answer is cut before its first word": saying(role),
    "the node is silent from the start": () => undefined,
    "the node falls silent before its first word": (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(role)}\n\n`);
    },
    "the answer ends before its first word": (response) => sendEvents(response, [role], false),
    "the engine ends the answer before its first word": (response) => sendEvents(response, [role, unhealthy]),
  };
  for (const [name, responder] of Object.entries(failures)) {
    test(name, async () => {
      await using failing = await scriptedEndpoint(responder);
      await using good = await scriptedEndpoint(answer("Hi"));
      const { client, router } = clientOf(failing.baseUrl, good.baseUrl);
      const events = await Array.fromAsync(client.stream(request));
      assert.deepEqual(
        events.slice(0, -1),
        [..."Hi"].map((text) => ({ type: "text-delta", text })),
      );
      const last = events.at(-1);
      assert.equal(last?.type === "response-finish" && last.response.node.name, "node-1");
      assert.deepEqual([failing.requests.length, good.requests.length], [1, 1]);
      assert.deepEqual(good.requests[0]?.body, failing.requests[0]?.body);
      assert.partialDeepStrictEqual(router.load, { outstanding: 0, waiting: 0 });
    });
  }

  test("nobody listens", async () => {
    await using good = await scriptedEndpoint(answer("Hi"));
    const { client } = clientOf(await nobody(), good.baseUrl);
    assert.equal((await client.respondText(request)).text, "Hi");
  });

  test("the value asked for is the same, and the move is no try", async () => {
    await using failing = await scriptedEndpoint(unavailable);
    await using good = await scriptedEndpoint(answer("4", { usage: [10, 5] }));
    const { client } = clientOf(failing.baseUrl, good.baseUrl);
    const events = await Array.fromAsync(
      client.streamValue({ model: "m", output: { type: "integer" } as const }, { partials: false }),
    );
    const last = events.at(-1);
    assert.ok(last?.type === "response-finish");
    const { value, tries, usage } = last.response;
    assert.deepEqual([value, tries, usage.totalTokens], [4, 1, 15]);
  });

  test("the node is probed before it gets more", async () => {
    await using failing = await scriptedEndpoint(inTurn(unavailable, answer("back")));
    await using good = await scriptedEndpoint(answer("Hi"));
    const { client, probed } = clientOf(failing.baseUrl, good.baseUrl);
    const texts = [];
    for (let asked = 0; asked < 3; asked++) texts.push((await client.respondText(request)).text);
    assert.deepEqual([texts, probed], [["Hi", "back", "Hi"], ["node-0"]]);
  });
});

describe("a request stays where it is:", () => {
  const errors: Record<string, Responder> = {
    "it is refused": refusal(400, { message: "messages must not be empty" }),
    "the key is wrong": refusal(401, { message: "Incorrect API key provided" }),
    "the queue of the engine is full": refusal(429, { message: "queue full", code: "queue_full" }),
    "the engine met a fault of its own": refusal(500, { message: "fault", code: "internal_error" }),
    "the answer is broken off by a fault of its own": (response) =>
      sendEvents(response, [role, { error: { message: "fault", code: "internal_error" } }]),
    "the engine ends the answer after its first word": (response) =>
      sendEvents(response, [chunk({ content: "H" }), unhealthy]),
  };
  for (const [name, responder] of Object.entries(errors)) {
    test(name, async () => {
      await using failing = await scriptedEndpoint(responder);
      await using good = await scriptedEndpoint(answer("Hi"));
      const { client } = clientOf(failing.baseUrl, good.baseUrl);
      await assert.rejects(client.respondText(request), (error) => EndpointError.isInstance(error));
      assert.deepEqual([failing.requests.length, good.requests.length], [1, 0]);
    });
  }

  test("the node has nothing to say yet, but says so", async () => {
    await using slow = await scriptedEndpoint((response, incoming) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const telling = setInterval(() => response.write(":\n\n"), MAX_SILENCE_MS / 10);
      setTimeout(() => {
        clearInterval(telling);
        response.end(`data: ${JSON.stringify(chunk({ content: "Hi" }, "stop"))}\n\ndata: [DONE]\n\n`);
      }, MAX_SILENCE_MS * 1.5);
      incoming.socket.once("close", () => clearInterval(telling));
    });
    await using good = await scriptedEndpoint(answer("other"));
    const { client } = clientOf(slow.baseUrl, good.baseUrl);
    assert.equal((await client.respondText(request)).text, "Hi");
  });

  test("whoever reads takes their time", async () => {
    await using endpoint = await scriptedEndpoint(answer("Hi"));
    const { client } = clientOf(endpoint.baseUrl);
    let text = "";
    for await (const event of client.stream(request)) {
      await delay(MAX_SILENCE_MS * 1.2);
      if (event.type === "text-delta") text += event.text;
    }
    assert.equal(text, "Hi");
  });

  test("the node falls silent in the middle", async () => {
    await using silent = await scriptedEndpoint(beginning("H"));
    await using good = await scriptedEndpoint(answer("Hi"));
    const { client } = clientOf(silent.baseUrl, good.baseUrl);
    await assert.rejects(client.respondText(request), (error) => {
      assert.ok(EndpointUnreachableError.isInstance(error) && error.cause instanceof Error);
      assert.equal(error.partialText, "H");
      assert.match(error.cause.message, /within 1 s/);
      return true;
    });
  });

  const begun: Record<string, object> = {
    "a word": chunk({ content: "H" }),
    "a thought": chunk({ reasoning_content: "H" }),
    "a refusal": chunk({ refusal: "H" }),
    "a call": chunk({ tool_calls: [{ index: 0, id: "1", function: { name: "f", arguments: "{" } }] }),
    "its usage": usageChunk(9, 1),
  };
  for (const [name, event] of Object.entries(begun)) {
    test(`the answer is cut after ${name}`, async () => {
      await using failing = await scriptedEndpoint(saying(role, event));
      await using good = await scriptedEndpoint(answer("Hi"));
      const { client } = clientOf(failing.baseUrl, good.baseUrl);
      await assert.rejects(client.respondText(request), EndpointUnreachableError);
      assert.equal(good.requests.length, 0);
    });
  }
});

describe("a request that no node begins to answer", () => {
  test("has been at each, once more at one, and ends with the last failure", async () => {
    await using first = await scriptedEndpoint(unavailable);
    await using second = await scriptedEndpoint((response) => response.destroy());
    const { client, router } = clientOf(first.baseUrl, second.baseUrl);
    await assert.rejects(client.respondText(request), (error) => {
      assert.ok(EndpointError.isInstance(error) || EndpointUnreachableError.isInstance(error));
      assert.deepEqual([error.tries, error.usage.totalTokens], [1, 0]);
      return true;
    });
    assert.equal(first.requests.length + second.requests.length, 3);
    assert.partialDeepStrictEqual(router.load, { outstanding: 0, waiting: 0 });
  });

  test("ends with its own failure when the deployment is closed meanwhile", async () => {
    await using only = await scriptedEndpoint((response, incoming) => {
      router.setNodes([]);
      unavailable(response, incoming);
      setTimeout(() => router.close(new Error("disposed")), 50);
    });
    const { client, router } = clientOf(only.baseUrl);
    await assert.rejects(client.respondText(request), EndpointError);
  });

  test("ends with its signal while it waits for another node", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    await using only = await scriptedEndpoint((response, incoming) => {
      router.setNodes([]);
      unavailable(response, incoming);
      setTimeout(() => controller.abort(reason), 50);
    });
    const { client, router } = clientOf(only.baseUrl);
    await assert.rejects(client.respondText({ ...request, signal: controller.signal }), reason);
    assert.partialDeepStrictEqual(router.load, { outstanding: 0, waiting: 0 });
  });
});

describe("the only endpoint that there is", () => {
  /** Answers once, and closes the connection when it is used again, as an engine does that was started anew. */
  function stale(): Responder {
    const used = new WeakSet();
    return (response, incoming) => {
      if (used.has(incoming.socket)) return void response.destroy();
      used.add(incoming.socket);
      answer("Hi")(response, incoming);
    };
  }

  test("is asked again where it closed a connection that was kept from before", async () => {
    await using endpoint = await scriptedEndpoint(stale());
    const lm = LMLiteBlock.connect(endpoint);
    for (let asked = 0; asked < 3; asked++) {
      assert.equal(await lm.chat(request), "Hi");
      await delay(ANSWER_END_MS);
    }
    assert.ok(endpoint.requests.length > 3);
  });

  test("is asked no more than twice", async () => {
    await using endpoint = await scriptedEndpoint((response) => response.destroy());
    await assert.rejects(LMLiteBlock.connect(endpoint).chat(request), EndpointUnreachableError);
    assert.equal(endpoint.requests.length, 2);
  });

  test("is not asked again where it says that it is unavailable", async () => {
    await using endpoint = await scriptedEndpoint(unavailable);
    await assert.rejects(LMLiteBlock.connect(endpoint).chat(request), EndpointError);
    assert.equal(endpoint.requests.length, 1);
  });
});

test("connections are kept from one request to the next", async () => {
  const sockets = new Set<unknown>();
  await using endpoint = await scriptedEndpoint((response, incoming) => {
    sockets.add(incoming.socket);
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of [chunk({ content: "Hi" }), chunk({}, "stop"), "[DONE]"]) {
      response.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
    }
    setTimeout(() => response.end(), 10);
  });
  const lm = LMLiteBlock.connect(endpoint);
  for (let asked = 0; asked < 5; asked++) {
    await lm.chat(request);
    await delay(ANSWER_END_MS);
  }
  assert.ok(sockets.size < 5, `${sockets.size} connections for 5 requests`);
});
