import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";
import { API_KEY, type Engine, startEngine } from "./support/engine.ts";
import { toolModel } from "./support/tool-model.ts";

const wall = z.object({ color: z.enum(["red", "green"]), coats: z.number().int().min(1).max(3) });

describe("LangChain on LM Lite", () => {
  const toolFolder = toolModel();
  let engine: Engine;
  let chat: ChatOpenAI;
  before(async () => {
    engine = await startEngine([`${toolFolder.folder}=m`], "--max-model-len", "4096");
    chat = new ChatOpenAI({
      model: "m",
      apiKey: API_KEY,
      configuration: { baseURL: `${engine.baseUrl}/v1` },
      temperature: 1.5,
      maxTokens: 256,
      maxRetries: 0,
    });
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    toolFolder[Symbol.dispose]();
  });

  test("embeds documents and queries", async () => {
    const embeddings = new OpenAIEmbeddings({
      model: "m",
      apiKey: API_KEY,
      configuration: { baseURL: `${engine.baseUrl}/v1` },
      maxRetries: 0,
    });
    const documents = await embeddings.embedDocuments(["A ship", "Hello"]);
    assert.deepEqual(await embeddings.embedQuery("Hello"), documents[1]);
    assert.notDeepEqual(documents[0], documents[1]);
  });

  test("answers and streams", async () => {
    const answer = await chat.invoke("Hello");
    assert.equal(typeof answer.content, "string");
    let pieces = 0;
    for await (const _ of await chat.stream("Hello")) pieces += 1;
    assert.ok(pieces > 1);
  });

  test("answers with an object of a schema", async () => {
    const value = await chat
      .withStructuredOutput(wall, { method: "jsonSchema", name: "wall" })
      .invoke("A wall");
    assert.deepEqual(wall.parse(value), value);
  });

  test("calls functions, and takes their results", async () => {
    const paint = tool((input) => `painted ${wall.parse(input).color}`, {
      name: "paint",
      description: "Paints the wall.",
      schema: wall,
    });
    const question = new HumanMessage("Paint the wall.");
    const answer = await chat.bindTools([paint], { tool_choice: "required" }).invoke([question]);
    const [call] = answer.tool_calls ?? [];
    assert.ok(call?.name === "paint" && call.id !== undefined);
    assert.deepEqual(wall.parse(call.args), call.args);
    const result = await paint.invoke(call);
    assert.ok(result instanceof ToolMessage);
    const results = (answer.tool_calls ?? []).map(
      ({ id = "" }) => new ToolMessage({ content: "painted", tool_call_id: id }),
    );
    const next = await chat.invoke([question, answer, ...results]);
    assert.equal(typeof next.content, "string");
  });
});
