import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { NoOp, SchemaMismatchError } from "@conduit/blocks";
import { MdlParseError } from "@conduit/mdl";
import { Type } from "typebox";
import { EndpointError } from "./errors/endpoint-error.ts";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { InvalidApiKeyError } from "./errors/invalid-api-key-error.ts";
import { InvalidBaseUrlError } from "./errors/invalid-base-url-error.ts";
import { OutputTruncatedError } from "./errors/output-truncated-error.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import type { StreamEvent } from "./responses.ts";
import {
  answer,
  beginning,
  chunk,
  refusal,
  scriptedEndpoint,
  sendEvents,
  usageChunk,
} from "./testing/scripted-endpoint.ts";

const messages = [{ role: "user", content: "Hello" }] as const;
const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const Question = Type.Object({ question: Type.String() });
const usage = { inputTokens: 9, outputTokens: 4, totalTokens: 13 };

const answering = (text: string, finishReason = "stop") => scriptedEndpoint(answer(text, { finishReason }));

describe("LMLiteBlock on an OpenAI-compatible endpoint", () => {
  test("chat gives the text and sends what was asked, in wire form", async () => {
    await using endpoint = await answering("Hi there");
    const lm = LMLiteBlock.connect({ baseUrl: `${endpoint.baseUrl}/v1/`, apiKey: "secret" });
    const text = await lm.chat({
      model: "m",
      messages,
      systemMessage: "Be brief.",
      temperature: 0.5,
      topP: 0.9,
      frequencyPenalty: 0.5,
      presencePenalty: -0.5,
      repetitionPenalty: 1.1,
      logitBias: { 50256: -100 },
      maxTokens: 7,
      stop: ["\n"],
      seed: 3,
      reasoning: false,
    });
    assert.equal(text, "Hi there");
    assert.deepEqual(endpoint.requests, [
      {
        path: "/v1/chat/completions",
        authorization: "Bearer secret",
        body: {
          model: "m",
          messages: [{ role: "system", content: "Be brief." }, ...messages],
          stream: true,
          stream_options: { include_usage: true },
          temperature: 0.5,
          top_p: 0.9,
          frequency_penalty: 0.5,
          presence_penalty: -0.5,
          repetition_penalty: 1.1,
          logit_bias: { "50256": -100 },
          max_tokens: 7,
          stop: ["\n"],
          seed: 3,
          chat_template_kwargs: { enable_thinking: false, thinking: false },
        },
      },
    ]);
  });

  test("respond gives everything about an answer", async () => {
    await using endpoint = await scriptedEndpoint((response) =>
      sendEvents(response, [
        chunk({ role: "assistant", reasoning_content: "Let me " }),
        chunk({ reasoning_content: "think." }),
        chunk({ content: "42" }),
        chunk({ tool_calls: [{ index: 0, id: "call_1", function: { name: "add", arguments: '{"a":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
        chunk({}, "tool_calls"),
        usageChunk(9, 4, 3),
      ]),
    );
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", messages });
    assert.deepEqual(response, {
      text: "42",
      reasoning: "Let me think.",
      toolCalls: [{ id: "call_1", name: "add", arguments: '{"a":1}' }],
      usage: { ...usage, reasoningTokens: 3 },
      finishReason: "tool-calls",
      node: { name: new URL(endpoint.baseUrl).host, baseUrl: endpoint.baseUrl },
    });
  });

  test("stream gives deltas as they come and the response last", async () => {
    await using endpoint = await answering("Hi");
    const events: StreamEvent[] = [];
    for await (const event of LMLiteBlock.connect(endpoint).stream({ model: "m", messages }))
      events.push(event);
    assert.deepEqual(
      events.map((event) => (event.type === "response-finish" ? event.response.text : event)),
      [{ type: "text-delta", text: "H" }, { type: "text-delta", text: "i" }, "Hi"],
    );
  });

  test("generate tells the model the types and gives the value", async () => {
    await using endpoint = await answering('{"name":"cat","legs":4}');
    const lm = LMLiteBlock.connect(endpoint);
    const value = await lm.generate({
      model: "m",
      input: Question,
      data: { question: "What purrs?" },
      output: Animal,
      guidance: "Answer with an animal.",
      systemMessage: "You know animals.",
    });
    assert.deepEqual(value, { name: "cat", legs: 4 });
    const body = endpoint.requests[0]?.body as {
      messages: { role: string; content: string }[];
      response_format: { json_schema: { schema: { required: string[] } } };
    };
    const [system, user] = body.messages;
    assert.match(system?.content ?? "", /^You know animals\.\n\n.*name: str\nlegs: int/s);
    assert.match(system?.content ?? "", /question: str/);
    assert.match(system?.content ?? "", /Answer with an animal\./);
    assert.deepEqual(user, { role: "user", content: '{"question":"What purrs?"}' });
    assert.deepEqual(body.response_format.json_schema.schema.required, ["name", "legs"]);
  });

  test("respond gives the value with its text and usage", async () => {
    await using endpoint = await answering('{"name":"cat","legs":4}');
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", output: Animal });
    assert.deepEqual(response.value, { name: "cat", legs: 4 });
    assert.equal(response.text, '{"name":"cat","legs":4}');
    assert.deepEqual(response.usage, usage);
  });

  test("an answer that the token limit cut off is an error that carries it", async () => {
    await using endpoint = await answering('{"name":"cat","le', "length");
    const generated = LMLiteBlock.connect(endpoint).generate({ model: "m", output: Animal });
    await assert.rejects(generated, (error) => {
      assert.ok(OutputTruncatedError.isInstance(error));
      assert.equal(error.code, "OUTPUT_TRUNCATED");
      assert.equal(error.partialText, '{"name":"cat","le');
      assert.deepEqual(error.usage, usage);
      return true;
    });
  });

  test("an answer that was complete when the token limit ended what came after is taken", async () => {
    const text = '{"name":"cat","legs":4} and so on';
    await using endpoint = await answering(text, "length");
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", output: Animal });
    assert.deepEqual([response.value, response.finishReason], [{ name: "cat", legs: 4 }, "length"]);
    assert.deepEqual([response.text, response.tries], [text, 1]);
  });

  test("an answer that lacks only its closing brackets is cut off all the same", async () => {
    for (const text of ['{"name":"cat","legs":4', '{"name":"cat","legs":"4"', '{"legs":"4","name":"cat"']) {
      await using endpoint = await answering(text, "length");
      const generated = LMLiteBlock.connect(endpoint).generate({ model: "m", output: Animal });
      await assert.rejects(generated, (error) => {
        assert.ok(OutputTruncatedError.isInstance(error));
        assert.equal(error.partialText, text);
        return true;
      });
    }
  });

  test("an answer of another type that the token limit ended says what was wrong as its cause", async () => {
    await using endpoint = await answering('{"name":"cat","legs":"many"} and', "length");
    const generated = LMLiteBlock.connect(endpoint).generate({ model: "m", output: Animal });
    await assert.rejects(generated, (error) => {
      assert.ok(OutputTruncatedError.isInstance(error) && MdlParseError.isInstance(error.cause));
      assert.equal(error.cause.path, "/legs");
      return true;
    });
    assert.equal(endpoint.requests.length, 1);
  });

  test("data of another type than the input is refused before anything is sent", async () => {
    await using endpoint = await answering("{}");
    const lm = LMLiteBlock.connect(endpoint);
    const generated = lm.generate({
      model: "m",
      input: Question,
      data: { question: 1 as never },
      output: Animal,
    });
    await assert.rejects(generated, (error) => SchemaMismatchError.isInstance(error));
    assert.equal(endpoint.requests.length, 0);
  });

  test("without input the guidance is what the user says", async () => {
    await using endpoint = await answering('{"name":"cat","legs":4}');
    const lm = LMLiteBlock.connect(endpoint);
    const request = { model: "m", output: Animal, guidance: "Name an animal." };
    await lm.generate(request);
    await lm.generate({ ...request, input: NoOp });
    await lm.block({ ...request, input: NoOp }).run();
    const said = endpoint.requests.map(({ body }) => (body as { messages: object[] }).messages.at(-1));
    const guidance = { role: "user", content: "Name an animal." };
    assert.deepEqual(said, [guidance, guidance, guidance]);
  });

  test("a block validates on both sides and tells its usage", async () => {
    await using endpoint = await answering('{"name":"cat","legs":4}');
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Question, output: Animal });
    const events = await Array.fromAsync(block.stream({ question: "What purrs?" }));
    assert.deepEqual(events.slice(-2), [
      { type: "usage", usage, model: "m" },
      { type: "result", value: { name: "cat", legs: 4 } },
    ]);
  });
});

describe("LMLiteBlock on an endpoint that fails", () => {
  test("an OpenAI error body becomes an error with its fields", async () => {
    const message = "Incorrect API key provided";
    await using endpoint = await scriptedEndpoint(
      refusal(401, { message, type: "auth", param: null, code: "invalid_api_key" }),
    );
    await assert.rejects(LMLiteBlock.connect(endpoint).chat({ model: "m", messages }), (error) => {
      assert.ok(EndpointError.isInstance(error));
      assert.equal(error.status, 401);
      assert.equal(error.errorCode, "invalid_api_key");
      assert.equal(error.message, `${endpoint.baseUrl} answered 401: Incorrect API key provided`);
      return true;
    });
  });

  test("an error in the middle of a stream is an error", async () => {
    await using endpoint = await scriptedEndpoint((response) =>
      sendEvents(response, [
        chunk({ content: "Hi" }),
        { error: { message: "device lost", type: "server_error" } },
      ]),
    );
    await assert.rejects(LMLiteBlock.connect(endpoint).chat({ model: "m", messages }), /device lost/);
  });

  test("a page that is no API is named by its beginning", async () => {
    await using endpoint = await scriptedEndpoint((response) => {
      response.writeHead(502).end("<html>Bad gateway</html>");
    });
    await assert.rejects(
      LMLiteBlock.connect(endpoint).chat({ model: "m", messages }),
      /502: <html>Bad gateway/,
    );
  });

  for (const [name, end] of [
    [
      "ends without a finish reason",
      (response: import("node:http").ServerResponse) => sendEvents(response, [chunk({ content: "Hi" })]),
    ],
    [
      "is cut",
      (response: import("node:http").ServerResponse) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: ${JSON.stringify(chunk({ content: "Hi" }))}\n\n`, () => response.destroy());
      },
    ],
  ] as const) {
    test(`an answer that ${name} carries what had come`, async () => {
      await using endpoint = await scriptedEndpoint(end);
      await assert.rejects(LMLiteBlock.connect(endpoint).chat({ model: "m", messages }), (error) => {
        assert.ok(EndpointUnreachableError.isInstance(error));
        assert.equal(error.partialText, "Hi");
        return true;
      });
    });
  }

  test("an address that is none is refused at once, and a password in it not repeated", () => {
    const withSecrets = ["http://user:secret@localhost", "http://localhost/v1?key=secret"];
    for (const baseUrl of ["", "localhost:8000", "/v1", "ftp://localhost", ...withSecrets]) {
      assert.throws(
        () => LMLiteBlock.connect({ baseUrl }),
        (error) => InvalidBaseUrlError.isInstance(error) && !error.message.includes("secret"),
        baseUrl,
      );
    }
  });

  test("a key that no header can carry is refused at once, and not repeated", () => {
    for (const apiKey of ["hush\nhush", "hush\u0000", "hush\u2028"]) {
      assert.throws(
        () => LMLiteBlock.connect({ baseUrl: "http://localhost", apiKey }),
        (error) => InvalidApiKeyError.isInstance(error) && !inspect(error).includes("hush"),
      );
    }
    LMLiteBlock.connect({ baseUrl: "http://localhost", apiKey: "read from a file\n" });
  });

  test("nobody listening is an error that names the address", async () => {
    const endpoint = await scriptedEndpoint((response) => response.end());
    await endpoint[Symbol.asyncDispose]();
    await assert.rejects(LMLiteBlock.connect(endpoint).chat({ model: "m", messages }), (error) => {
      assert.ok(EndpointUnreachableError.isInstance(error));
      assert.match(error.message, new RegExp(endpoint.baseUrl));
      return true;
    });
  });

  test("a signal ends a request with its reason, and the endpoint hears of it", async () => {
    const closed = Promise.withResolvers<void>();
    await using endpoint = await scriptedEndpoint(beginning("Hi", closed.resolve));
    const controller = new AbortController();
    const reason = new Error("enough");
    const stream = LMLiteBlock.connect(endpoint).stream({ model: "m", messages, signal: controller.signal });
    await assert.rejects(
      async () => {
        for await (const event of stream) if (event.type === "text-delta") controller.abort(reason);
      },
      (error) => error === reason,
    );
    await closed.promise;
  });

  test("leaving a stream early cancels the request", async () => {
    const closed = Promise.withResolvers<void>();
    await using endpoint = await scriptedEndpoint(beginning("Hi", closed.resolve));
    for await (const event of LMLiteBlock.connect(endpoint).stream({ model: "m", messages })) {
      assert.equal(event.type, "text-delta");
      break;
    }
    await closed.promise;
  });
});
