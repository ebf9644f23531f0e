import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Errors } from "typebox/schema";
import { repository } from "../scripts/lib/paths.mjs";
import { API_KEY, type Engine, startEngine } from "./support/engine.ts";
import { toolModel } from "./support/tool-model.ts";

interface Content {
  readonly schema: { readonly $ref?: string };
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Content>> }>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

const document: OpenApi = JSON.parse(
  readFileSync(join(repository, "native", "lm-lite", "openapi.json"), "utf8"),
);

function assertValid(content: Content | undefined, value: unknown, where: string) {
  assert.ok(content, `${where} is not in openapi.json`);
  const [valid, errors] = Errors({ components: document.components, ...content.schema }, value);
  assert.ok(valid, `${where}: ${JSON.stringify(errors)}\n${JSON.stringify(value)}`);
}

const wall = {
  type: "object",
  properties: { color: { enum: ["red", "green"] } },
  required: ["color"],
  additionalProperties: false,
};
const messages = [{ role: "user", content: "Paint." }];
const tools = [{ type: "function", function: { name: "paint", parameters: wall } }];
const calling = { model: "m", messages, tools, tool_choice: "required", temperature: 1.5, seed: 1 };

describe("openapi.json describes what the engine answers", () => {
  const toolFolder = toolModel();
  let engine: Engine;
  before(async () => {
    engine = await startEngine([`${toolFolder.folder}=m`], "--max-model-len", "4096");
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    toolFolder[Symbol.dispose]();
  });

  async function ask(method: string, path: string, body?: unknown): Promise<void> {
    const where = `${method} ${path}`;
    const route = Object.keys(document.paths).find((known) => known.replace("{id}", "m") === path) ?? "";
    const operation = document.paths[route]?.[method.toLowerCase()];
    assert.ok(operation, `${where} is not in openapi.json`);
    const response = await fetch(`${engine.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok && body !== undefined) {
      assertValid(operation.requestBody?.content["application/json"], body, `the request of ${where}`);
    }
    const text = await response.text();
    const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
    const content = operation.responses[response.status]?.content[type];
    const where200 = `${where} with ${response.status} and ${type}`;
    if (type === "application/json") return assertValid(content, JSON.parse(text), where200);
    assert.ok(content, `${where200} is not in openapi.json`);
    if (type !== "text/event-stream") return;
    for (const [, data = ""] of text.matchAll(/^data: (\{.*\})$/gm)) {
      assertValid(content, JSON.parse(data), where200);
    }
  }

  test("every route, at once and streamed", async () => {
    for (const path of ["/health", "/metrics", "/v1/models", "/v1/models/m"]) await ask("GET", path);
    for (const stream of [false, true]) {
      const stream_options = { include_usage: true };
      await ask("POST", "/v1/chat/completions", { ...calling, stream, stream_options });
      const choices = { model: "m", max_tokens: 4, n: 2, min_tokens: 2, ignore_eos: true, stream };
      await ask("POST", "/v1/chat/completions", { ...choices, messages, logprobs: true, top_logprobs: 2 });
      const prompt = ["Once", "Twice"];
      await ask("POST", "/v1/completions", { ...choices, prompt, best_of: 2, logprobs: 2, stream_options });
      const input = "Paint.";
      await ask("POST", "/v1/responses", { model: "m", input, max_output_tokens: 4, stream });
      const named = [{ type: "function", name: "paint", parameters: wall }];
      const tool_choice = "required";
      await ask("POST", "/v1/responses", {
        model: "m",
        input,
        tools: named,
        tool_choice,
        temperature: 1.5,
        stream,
      });
    }
    for (const encoding_format of ["float", "base64"]) {
      for (const input of ["Paint.", ["Paint.", "Walls."], [1, 2], [[1, 2], [3]]]) {
        await ask("POST", "/v1/embeddings", { model: "m", input, encoding_format, dimensions: 4 });
      }
    }
    await ask("POST", "/tokenize", { model: "m", messages, tools, return_token_strs: true });
    await ask("POST", "/detokenize", { model: "m", tokens: [1, 2] });
    await ask("POST", "/v1/models/m/unload", { drain_seconds: 60 });
    for (const path of ["/health", "/v1/models"]) await ask("GET", path);
    await ask("POST", "/v1/models/m/load", {});
  });

  test("errors", async () => {
    for (const path of [
      "/v1/chat/completions",
      "/v1/completions",
      "/v1/responses",
      "/v1/embeddings",
      "/tokenize",
      "/detokenize",
    ]) {
      await ask("POST", path, {});
      await ask("POST", path, { model: "none", messages, prompt: "a", input: "a", tokens: [] });
    }
  });
});
