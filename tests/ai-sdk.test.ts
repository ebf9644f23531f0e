import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  type EmbeddingModel,
  embed,
  embedMany,
  generateText,
  isStepCount,
  type LanguageModel,
  Output,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import { API_KEY, type Engine, startEngine } from "./support/engine.ts";
import { toolModel } from "./support/tool-model.ts";

const wall = z.object({ color: z.enum(["red", "green"]), coats: z.number().int().min(1).max(3) });

describe("the AI SDK on LM Lite", () => {
  const toolFolder = toolModel();
  let engine: Engine;
  let model: LanguageModel;
  let embedder: EmbeddingModel;
  before(async () => {
    engine = await startEngine([`${toolFolder.folder}=m`], "--max-model-len", "4096");
    const provider = createOpenAICompatible({
      name: "lm-lite",
      baseURL: `${engine.baseUrl}/v1`,
      apiKey: API_KEY,
      supportsStructuredOutputs: true,
      includeUsage: true,
    });
    model = provider("m");
    embedder = provider.embeddingModel("m");
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    toolFolder[Symbol.dispose]();
  });

  test("embeds one text and many", async () => {
    const { embeddings, usage } = await embedMany({
      model: embedder,
      values: ["A ship", "Hello"],
      maxRetries: 0,
    });
    assert.equal(embeddings.length, 2);
    assert.ok(usage.tokens > 0);
    const { embedding } = await embed({ model: embedder, value: "Hello", maxRetries: 0 });
    assert.deepEqual(embedding, embeddings[1]);
  });

  test("generates text", async () => {
    const { text, usage, finishReason } = await generateText({
      model,
      prompt: "Hello",
      maxOutputTokens: 8,
      seed: 1,
      maxRetries: 0,
    });
    assert.ok(finishReason === "length" || finishReason === "stop");
    assert.ok(typeof text === "string" && (usage.outputTokens ?? 0) > 0);
  });

  test("streams text", async () => {
    const { textStream, usage } = streamText({
      model,
      prompt: "Hello",
      maxOutputTokens: 16,
      seed: 2,
      maxRetries: 0,
    });
    let text = "";
    for await (const piece of textStream) text += piece;
    const whole = await generateText({ model, prompt: "Hello", maxOutputTokens: 16, seed: 2, maxRetries: 0 });
    assert.equal(text, whole.text);
    assert.equal((await usage).outputTokens, whole.usage.outputTokens);
  });

  test("generates and streams objects", async () => {
    const asked = {
      model,
      prompt: "A wall",
      temperature: 1.5,
      seed: 3,
      maxRetries: 0,
      output: Output.object({ schema: wall }),
    };
    const { output } = await generateText(asked);
    assert.deepEqual(wall.parse(output), output);
    const streamed = streamText(asked);
    let last: unknown;
    for await (const partial of streamed.partialOutputStream) last = partial;
    assert.deepEqual(last, output);
  });

  test("calls functions, and streams their calls", async () => {
    const painted: unknown[] = [];
    const paint = tool({
      description: "Paints the wall.",
      inputSchema: wall,
      execute: (input) => {
        painted.push(wall.parse(input));
        return "done";
      },
    });
    const asked = {
      model,
      prompt: "Paint the wall.",
      temperature: 1.5,
      seed: 4,
      maxRetries: 0,
      tools: { paint },
      toolChoice: "required" as const,
      stopWhen: isStepCount(2),
    };
    const { steps } = await generateText(asked);
    assert.ok(steps.length === 2 && painted.length >= 2);
    assert.ok(
      steps.every(
        ({ finishReason, toolResults }) => finishReason === "tool-calls" && toolResults[0]?.output === "done",
      ),
    );
    const streamed = streamText({ ...asked, stopWhen: isStepCount(1) });
    const inputs: unknown[] = [];
    for await (const part of streamed.fullStream) if (part.type === "tool-call") inputs.push(part.input);
    assert.deepEqual(
      inputs,
      steps[0]?.toolCalls.map(({ input }) => input),
    );
  });
});
