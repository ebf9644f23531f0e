import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describe as describeBlock, pipe, UsageMeter } from "@conduit/blocks";
import { Type } from "typebox";
import { z } from "zod";
import { GenerationFailedError } from "./errors/generation-failed-error.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import type { Message } from "./messages.ts";
import { answer, beginning, inTurn, type Responder, scriptedEndpoint } from "./testing/scripted-endpoint.ts";

const Question = Type.Object({ question: Type.String() });
const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const right = '{"name":"cat","legs":4}';
const wrong = '{"name":"dog","legs":"many"}';
const usage = { inputTokens: 9, outputTokens: 4, totalTokens: 13 };

describe("a stream of an inference block", () => {
  test("has the partial results, the usage and the result", async () => {
    await using endpoint = await scriptedEndpoint(answer(right, { chunkLength: 5 }));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Question, output: Animal });
    const events = await Array.fromAsync(block.stream({ question: "What purrs?" }));
    const partials = events.filter((event) => event.type === "partial").map(({ value }) => value);
    assert.ok(partials.some(({ name, legs }) => name === "cat" && legs === undefined));
    assert.deepEqual(partials.at(-1), { name: "cat", legs: 4 });
    assert.deepEqual(events.slice(partials.length), [
      { type: "usage", usage, model: "m" },
      { type: "result", value: { name: "cat", legs: 4 } },
    ]);
  });

  test("has the partial results of the last step of a pipe", async () => {
    await using endpoint = await scriptedEndpoint(answer(right, { chunkLength: 100 }));
    const lm = LMLiteBlock.connect(endpoint);
    const first = lm.block({ model: "m", input: Question, output: Animal });
    const second = lm.block({ model: "m", input: Animal, output: Animal });
    const events = await Array.fromAsync(pipe(first, second).stream({ question: "What purrs?" }));
    assert.deepEqual(
      events.map(({ type }) => type),
      ["usage", "partial", "usage", "result"],
    );
  });

  test("says why the model is asked again, and what each try took", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(answer(wrong), answer(right)));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Question, output: Animal });
    const events = await Array.fromAsync(block.stream({ question: "What purrs?" }));
    const again = events.findIndex(({ type }) => type === "progress");
    assert.deepEqual(events[again - 2], { type: "partial", value: { name: "dog" } });
    assert.deepEqual(
      [...events.slice(again - 1, again + 1), ...events.slice(-3)],
      [
        { type: "usage", usage, model: "m" },
        { type: "progress", message: 'asking again: at /legs, expected int, found "many"' },
        { type: "partial", value: { name: "cat", legs: 4 } },
        { type: "usage", usage, model: "m" },
        { type: "result", value: { name: "cat", legs: 4 } },
      ],
    );
  });

  test("tells the usage of what failed too", async () => {
    await using endpoint = await scriptedEndpoint(answer(wrong, { chunkLength: 100 }));
    const options = { model: "m", input: Question, output: Animal, maxRetries: 1 };
    const events: unknown[] = [];
    await assert.rejects(
      async () => {
        const stream = LMLiteBlock.connect(endpoint).block(options).stream({ question: "" });
        for await (const event of stream) if (event.type === "usage") events.push(event.usage);
      },
      (error) => GenerationFailedError.isInstance(error) && error.tries === 2,
    );
    assert.deepEqual(events, [usage, usage]);
  });
});

describe("an inference block", () => {
  test("that is aborted has told what the tries before took", async () => {
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("stop"));
    const hanging: Responder = (response, request) => {
      beginning('{"na')(response, request);
      setTimeout(stop, 20);
    };
    await using endpoint = await scriptedEndpoint(inTurn(answer(wrong), hanging));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Question, output: Animal });
    const meter = new UsageMeter({ prices: { m: { inputUsdPerMillion: 1e6, outputUsdPerMillion: 1e6 } } });
    const options = { signal: controller.signal, observers: [meter] };
    await assert.rejects(block.run({ question: "What purrs?" }, options), /stop/);
    assert.deepEqual([meter.usageByModel, meter.costUsd], [{ m: usage }, 13]);
  });

  test("describes itself with its model and options, without its schemas", () => {
    const lm = LMLiteBlock.connect({ baseUrl: "http://127.0.0.1:1", apiKey: "secret" });
    const options = { model: "m", input: Question, output: Animal, guidance: "Name it.", temperature: 0 };
    const [node] = describeBlock(lm.block(options)).nodes;
    assert.equal(node?.kind, "inference");
    assert.deepEqual(node.settings, { model: "m", guidance: "Name it.", temperature: 0 });
  });
});

describe("the data of an inference block", () => {
  const Trimmed = z.object({ text: z.string().transform((text) => text.length) });
  const Length = z.object({ text: z.string().transform((text) => text.length) });

  test("reach the model as the caller wrote them, which is what it is told of their type", async () => {
    await using endpoint = await scriptedEndpoint(answer('{"text":"four"}'));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Trimmed, output: Length });
    assert.deepEqual(await block.run({ text: "  a " }), { text: 4 });
    const [system, user] = (endpoint.requests[0]?.body.messages ?? []) as Message[];
    assert.match(system?.content ?? "", /user message is one JSON object of this type:\ntext: str/);
    assert.equal(user?.content, '{"text":"  a "}');
  });

  test("partial results are what the model writes, before the output schema transforms it", async () => {
    await using endpoint = await scriptedEndpoint(answer('{"text":"four"}', { chunkLength: 100 }));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Question, output: Length });
    const events = await Array.fromAsync(block.stream({ question: "" }));
    const [partial] = events;
    assert.deepEqual(partial, { type: "partial", value: { text: "four" } });
    assert.deepEqual(events.at(-1), { type: "result", value: { text: 4 } });
  });
});
