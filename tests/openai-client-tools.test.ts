import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { API_KEY, type Engine, startEngine } from "./support/engine.ts";
import { toolModel } from "./support/tool-model.ts";

const model = "m";
const messages = [{ role: "user", content: "Paint the wall." }] as const;
const parameters = {
  type: "object",
  properties: { color: { enum: ["red", "green"] }, coats: { type: "integer", minimum: 1, maximum: 3 } },
  required: ["color", "coats"],
  additionalProperties: false,
};
const paint = { name: "paint", description: "Paints the wall.", parameters };

function assertPaint(text: string) {
  const value = JSON.parse(text);
  assert.deepEqual(Object.keys(value), ["color", "coats"]);
  assert.ok(["red", "green"].includes(value.color) && [1, 2, 3].includes(value.coats));
}

describe("the openai client on LM Lite calls functions", () => {
  const toolFolder = toolModel();
  let engine: Engine;
  let client: OpenAI;
  before(async () => {
    engine = await startEngine([`${toolFolder.folder}=${model}`], "--max-model-len", "4096");
    client = new OpenAI({ baseURL: `${engine.baseUrl}/v1`, apiKey: API_KEY, maxRetries: 0 });
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    toolFolder[Symbol.dispose]();
  });

  const request = {
    model,
    messages: [...messages],
    temperature: 1.5,
    seed: 3,
    tools: [{ type: "function" as const, function: paint }],
    tool_choice: "required" as const,
    parallel_tool_calls: false,
  };

  test("in a chat, and takes their results", async () => {
    const completion = await client.chat.completions.create(request);
    const [choice] = completion.choices;
    assert.equal(choice?.finish_reason, "tool_calls");
    const [call] = choice?.message.tool_calls ?? [];
    assert.ok(choice && call?.type === "function" && call.function.name === "paint");
    assertPaint(call.function.arguments);
    const result = { role: "tool" as const, tool_call_id: call.id, content: "done" };
    const next = await client.chat.completions.create({
      ...request,
      messages: [...messages, choice.message, result],
      tool_choice: "none",
      max_tokens: 4,
    });
    assert.equal(next.choices[0]?.message.tool_calls, undefined);
  });

  test("in a stream, which the client puts together", async () => {
    const whole = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    assert.equal(streamed.choices[0]?.finish_reason, "tool_calls");
    const written = (completion: OpenAI.ChatCompletion) =>
      completion.choices[0]?.message.tool_calls?.map(
        (call) => call.type === "function" && call.function.arguments,
      );
    assert.deepEqual(written(streamed), written(whole));
    assert.equal(written(streamed)?.length, 1);
  });

  test("in a loop that runs them", async () => {
    const painted: unknown[] = [];
    const runner = client.chat.completions.runTools(
      {
        ...request,
        tools: [
          {
            type: "function",
            function: {
              ...paint,
              parse: JSON.parse,
              function: (wall: unknown) => {
                painted.push(wall);
                return "done";
              },
            },
          },
        ],
        tool_choice: { type: "function", function: { name: "paint" } },
      },
      { maxChatCompletions: 1 },
    );
    await runner.done();
    assert.equal(painted.length, 1);
    assertPaint(JSON.stringify(painted[0]));
  });

  test("in a response, at once and streamed", async () => {
    const asked = {
      model,
      input: "Paint the wall.",
      temperature: 1.5,
      seed: 3,
      tools: [{ type: "function" as const, strict: true, ...paint }],
      tool_choice: "required" as const,
      parallel_tool_calls: false,
    };
    const response = await client.responses.create(asked);
    const [call] = response.output;
    assert.ok(response.status === "completed" && call?.type === "function_call" && call.name === "paint");
    assertPaint(call.arguments);
    const streamed = await client.responses.stream(asked).finalResponse();
    const [again] = streamed.output;
    assert.ok(again?.type === "function_call");
    assert.equal(again.arguments, call.arguments);
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "done" };
    const next = await client.responses.create({
      ...asked,
      input: [{ role: "user", content: "Paint the wall." }, call, output],
      tool_choice: "none",
      max_output_tokens: 4,
    });
    assert.ok(next.output.every((item) => item.type === "message"));
  });

  test("and responds with text and with JSON of a schema", async () => {
    const text = await client.responses.create({
      model,
      input: "Hello",
      instructions: "Be brief.",
      max_output_tokens: 6,
    });
    assert.ok(text.status === "completed" || text.incomplete_details?.reason === "max_output_tokens");
    assert.ok(text.usage && text.usage.total_tokens === text.usage.input_tokens + text.usage.output_tokens);
    const format = { type: "json_schema" as const, name: "paint", strict: true, schema: parameters };
    const events: string[] = [];
    const stream = client.responses.stream({ model, input: "Paint!", temperature: 1.5, text: { format } });
    for await (const event of stream) events.push(event.type);
    assertPaint((await stream.finalResponse()).output_text);
    assert.deepEqual([events[0], events.at(-1)], ["response.created", "response.completed"]);
    assert.ok(events.includes("response.output_text.delta"));
  });
});
