import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { API_KEY, type Engine, required, startEngine } from "./support/engine.ts";

const model = "demo";
const messages = [{ role: "user", content: "Hello" }] as const;

describe("the openai client on LM Lite", () => {
  let engine: Engine;
  let client: OpenAI;

  before(async () => {
    engine = await startEngine([`${required("RANDOM_MODEL")}=${model}`], "--max-model-len", "2048");
    client = new OpenAI({ baseURL: `${engine.baseUrl}/v1`, apiKey: API_KEY, maxRetries: 0 });
  });
  after(() => engine[Symbol.asyncDispose]());

  test("lists models", async () => {
    const models = await Array.fromAsync(client.models.list());
    assert.deepEqual(
      models.map(({ id, object }) => ({ id, object })),
      [{ id: model, object: "model" }],
    );
  });

  test("chats, with usage", async () => {
    const completion = await client.chat.completions.create({
      model,
      messages: [...messages],
      max_tokens: 8,
      seed: 1,
    });
    const [choice] = completion.choices;
    assert.equal(completion.object, "chat.completion");
    assert.equal(completion.model, model);
    assert.equal(choice?.message.role, "assistant");
    assert.ok(choice?.finish_reason === "length" || choice?.finish_reason === "stop");
    const { usage } = completion;
    assert.ok(usage && usage.prompt_tokens > 0 && usage.completion_tokens <= 8);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  test("streams the same text that it answers at once", async () => {
    const request = { model, messages: [...messages], max_tokens: 24, seed: 7, temperature: 1 };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let finishReason: string | null | undefined;
    let outputTokens: number | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      finishReason ??= chunk.choices[0]?.finish_reason;
      outputTokens ??= chunk.usage?.completion_tokens;
    }
    assert.equal(text, whole.choices[0]?.message.content);
    assert.equal(finishReason, whole.choices[0]?.finish_reason);
    assert.equal(outputTokens, whole.usage?.completion_tokens);
  });

  test("constrains to a json_schema", async () => {
    const schema = {
      type: "object",
      properties: { color: { enum: ["red", "green"] }, count: { type: "integer", minimum: 0, maximum: 99 } },
      required: ["color", "count"],
      additionalProperties: false,
    };
    const completion = await client.chat.completions.create({
      model,
      messages: [...messages],
      temperature: 1.5,
      response_format: { type: "json_schema", json_schema: { name: "paint", schema, strict: true } },
    });
    const value = JSON.parse(completion.choices[0]?.message.content ?? "");
    assert.deepEqual(Object.keys(value), ["color", "count"]);
    assert.ok(["red", "green"].includes(value.color) && Number.isInteger(value.count));
  });

  test("gives several choices, with the probabilities of their tokens", async () => {
    const request = { model, messages: [...messages], max_tokens: 8, seed: 5, temperature: 1, n: 2 };
    const logprobs = { logprobs: true, top_logprobs: 2 };
    const { choices } = await client.chat.completions.create({ ...request, ...logprobs });
    assert.deepEqual(
      choices.map(({ index }) => index),
      [0, 1],
    );
    for (const { message, logprobs } of choices) {
      const bytes = (logprobs?.content ?? []).flatMap((token) => token.bytes ?? []);
      assert.equal(new TextDecoder().decode(Uint8Array.from(bytes)), message.content);
      assert.ok(logprobs?.content?.every((token) => token.logprob <= 0 && token.top_logprobs.length === 2));
    }
    const stream = client.chat.completions.stream({ ...request, ...logprobs });
    const streamed = await stream.finalChatCompletion();
    assert.deepEqual(
      streamed.choices.map(({ message, logprobs }) => [message.content, logprobs?.content]),
      choices.map(({ message, logprobs }) => [message.content, logprobs?.content]),
    );
  });

  test("embeds texts, in the base64 that it asks for by itself and in numbers", async () => {
    const input = ["A ship in the harbour", "Hello"];
    const whole = await client.embeddings.create({ model, input });
    assert.deepEqual(
      whole.data.map(({ index, object }) => ({ index, object })),
      [0, 1].map((index) => ({ index, object: "embedding" })),
    );
    const numbers = await client.embeddings.create({ model, input, encoding_format: "float" });
    const vectors = whole.data.map(({ embedding }) => [...embedding].map(Math.fround));
    assert.deepEqual(
      vectors,
      numbers.data.map(({ embedding }) => embedding.map(Math.fround)),
    );
    for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    assert.ok(whole.usage.prompt_tokens > 2);
    assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens);
    const cut = await client.embeddings.create({ model, input: "Hello", dimensions: 5 });
    assert.equal(cut.data[0]?.embedding.length, 5);
  });

  test("a wrong key is refused with OpenAI's body", async () => {
    const stranger = new OpenAI({ baseURL: `${engine.baseUrl}/v1`, apiKey: "wrong", maxRetries: 0 });
    await assert.rejects(stranger.chat.completions.create({ model, messages: [...messages] }), (error) => {
      assert.ok(error instanceof OpenAI.AuthenticationError);
      assert.equal(error.status, 401);
      assert.equal(error.code, "invalid_api_key");
      return true;
    });
    const response = await fetch(`${engine.baseUrl}/v1/models`, {
      headers: { authorization: "Bearer wrong" },
    });
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    assert.deepEqual(Object.keys(error).sort(), ["code", "message", "param", "type"]);
    assert.equal(error.type, "invalid_request_error");
    assert.equal(error.code, "invalid_api_key");
    assert.equal(error.param, null);
    assert.ok(!String(error.message).includes(API_KEY));
  });

  test("an unknown model is not found", async () => {
    await assert.rejects(
      client.chat.completions.create({ model: "gpt-4", messages: [...messages] }),
      (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError);
        assert.equal(error.code, "model_not_found");
        assert.match(error.message, /gpt-4/);
        return true;
      },
    );
  });

  test("a prompt that is too long is refused with both lengths", async () => {
    const content = "word ".repeat(4000);
    await assert.rejects(
      client.chat.completions.create({ model, messages: [{ role: "user", content }] }),
      (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError);
        assert.equal(error.code, "context_length_exceeded");
        assert.match(error.message, /2048/);
        return true;
      },
    );
  });
});
