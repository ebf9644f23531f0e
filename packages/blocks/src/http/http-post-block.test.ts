import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { HttpPostBlock } from "../index.ts";
import { TestServer } from "../testing/http-server.ts";

const Question = Type.Object({ question: Type.String() });

test("data are sent as JSON, and what comes back is typed", async () => {
  await using server = await TestServer.start((_request, response) =>
    response.setHeader("content-type", "application/json").end('{"answer":42}'),
  );
  const Answer = Type.Object({ answer: Type.Integer() });
  const block = new HttpPostBlock(Question, server.url("/ask"), {
    headers: { "x-key": "k" },
    output: Answer,
  });
  const operation = await block.run({ question: "é?" });
  assert.ok(operation.success);
  const answer: number = operation.data.answer;
  assert.equal(answer, 42);
  const [seen] = server.seen;
  assert.deepEqual([seen?.method, seen?.url, seen?.body], ["POST", "/ask", '{"question":"é?"}']);
  assert.deepEqual([seen?.headers["content-type"], seen?.headers["x-key"]], ["application/json", "k"]);
  const misuse = (): void => {
    // @ts-expect-error question is missing
    block.run({});
  };
  assert.equal(typeof misuse, "function");
});

test("a request is sent once, unless the server takes it twice for one", async () => {
  await using server = await TestServer.start((_request, response) => response.writeHead(503).end());
  assert.equal((await new HttpPostBlock(Question, server.url()).run({ question: "" })).statusCode, 503);
  assert.equal(server.seen.length, 1);
  assert.equal(server.seen[0]?.headers["idempotency-key"], undefined);

  const repeats = new HttpPostBlock(Question, server.url(), { idempotent: true, maxRetries: 1 });
  await repeats.run({ question: "" });
  await repeats.run({ question: "" });
  const keys = server.seen.slice(1).map(({ headers }) => headers["idempotency-key"]);
  assert.equal(keys.length, 4);
  assert.equal(keys[0], keys[1]);
  assert.equal(keys[2], keys[3]);
  assert.equal(new Set(keys).size, 2);

  const own = new HttpPostBlock(Question, server.url(), {
    idempotent: true,
    maxRetries: 0,
    headers: { "Idempotency-Key": "mine" },
  });
  await own.run({ question: "" });
  assert.equal(server.seen.at(-1)?.headers["idempotency-key"], "mine");
});
