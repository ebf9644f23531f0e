import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { EndpointError, LMLiteBlock, ModelNotServedError } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { Type } from "typebox";
import { API_KEY, type Engine, required, startEngine } from "./support/engine.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";

useTemporaryDatabase();

const messages = [{ role: "user", content: "Hello" }] as const;

/** Ways to damage a model's folder, and what the error has to name. */
const damages: Record<string, { readonly damage: (folder: string) => void; readonly names: RegExp }> = {
  "no-config": { damage: (folder) => rmSync(join(folder, "config.json")), names: /config\.json/ },
  "no-tokenizer": { damage: (folder) => rmSync(join(folder, "tokenizer.json")), names: /tokenizer\.json/ },
  "no-weights": {
    damage: (folder) => rmSync(join(folder, "model.safetensors")),
    names: /model\.safetensors/,
  },
  "truncated-weights": {
    damage: (folder) => truncateSync(join(folder, "model.safetensors"), 50_000),
    names: /model\.safetensors/,
  },
  "empty-weights": {
    damage: (folder) => truncateSync(join(folder, "model.safetensors"), 0),
    names: /model\.safetensors/,
  },
  "unknown-architecture": {
    damage: (folder) => changeConfig(folder, { architectures: ["MambaForCausalLM"], model_type: "mamba" }),
    names: /mamba/i,
  },
  "wrong-shape": {
    damage: (folder) => changeConfig(folder, { intermediate_size: 48 }),
    names: /mlp|gate_proj|up_proj|down_proj/,
  },
  "unknown-rope": {
    damage: (folder) => changeConfig(folder, { rope_scaling: { rope_type: "spiral", factor: 2 } }),
    names: /spiral/,
  },
};

function changeConfig(folder: string, change: object): void {
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
}

describe("bad input", () => {
  const folder = mkdtempSync(join(tmpdir(), "bad-input-"));
  let engine: Engine;
  let lm: LMLiteBlock;

  before(async () => {
    const good = required("RANDOM_MODEL");
    const models = [`${good}=good`, `${join(folder, "missing")}=missing`];
    for (const [name, { damage }] of Object.entries(damages)) {
      const path = join(folder, name);
      cpSync(good, path, { recursive: true });
      damage(path);
      models.push(`${path}=${name}`);
    }
    engine = await startEngine(models, "--max-model-len", "512");
    lm = LMLiteBlock.connect({ baseUrl: engine.baseUrl, apiKey: API_KEY });
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The engine answers the good model as if nothing had been asked before. */
  const assertUp = async () => {
    const { finishReason } = await lm.respond({ model: "good", messages, maxTokens: 2 });
    assert.ok(finishReason === "length" || finishReason === "stop");
  };

  const assertRefused = async (call: Promise<unknown>, status: number | RegExp, names: RegExp) => {
    await assert.rejects(call, (error) => {
      assert.ok(EndpointError.isInstance(error), String(error));
      assert.match(String(error.status), status instanceof RegExp ? status : new RegExp(`^${status}$`));
      assert.match(error.message, names);
      return true;
    });
    await assertUp();
  };

  for (const [name, { names }] of Object.entries({ ...damages, missing: { names: /missing/ } })) {
    test(`a model with ${name} is named in /health, and the others serve`, async () => {
      const response = await fetch(`${engine.baseUrl}/health`);
      const health = (await response.json()) as { models: { id: string; state: string; error?: string }[] };
      const entry = health.models.find(({ id }) => id === name);
      assert.equal(entry?.state, "failed");
      assert.match(entry?.error ?? "", names);
      await assertRefused(lm.chat({ model: name, messages }), /^(4|5)\d\d$/, new RegExp(name));
    });
  }

  test("an unknown model", () => assertRefused(lm.chat({ model: "gpt-4", messages }), 404, /gpt-4/));

  test("a prompt longer than maxModelLen", () =>
    assertRefused(
      lm.chat({ model: "good", messages: [{ role: "user", content: "x ".repeat(2000) }] }),
      400,
      /512/,
    ));

  test("a schema that the grammar cannot take is refused by keyword", async () => {
    const response = await fetch(`${engine.baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "good",
        messages,
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "x",
            schema: { type: "array", uniqueItems: true, items: { type: "integer" } },
          },
        },
      }),
    });
    assert.equal(response.status, 400);
    assert.match(JSON.stringify(await response.json()), /uniqueItems/);
    await assertUp();
  });

  for (const [name, body] of Object.entries({
    "no JSON": "{",
    "no messages": JSON.stringify({ model: "good" }),
    "messages of a wrong type": JSON.stringify({ model: "good", messages: "Hello" }),
    "an unknown role": JSON.stringify({ model: "good", messages: [{ role: "oracle", content: "Hello" }] }),
    "a negative temperature": JSON.stringify({ model: "good", messages, temperature: -1 }),
    "top_p above one": JSON.stringify({ model: "good", messages, top_p: 1.5 }),
    "no tokens": JSON.stringify({ model: "good", messages, max_tokens: 0 }),
    "too many choices": JSON.stringify({ model: "good", messages, n: 200 }),
    "a deep nest": `{"model":"good","messages":${"[".repeat(100_000)}`,
  })) {
    test(`a body with ${name} is a bad request`, async () => {
      const response = await fetch(`${engine.baseUrl}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
        body,
      });
      assert.equal(response.status, 400);
      const { error } = (await response.json()) as { error: { message: string; type: string } };
      assert.ok(error.message.length > 0);
      assert.equal(error.type, "invalid_request_error");
      await assertUp();
    });
  }
});

describe("bad input to a deployment", () => {
  test("a model whose weights are truncated fails untilReady with its name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bad-input-"));
    const path = join(folder, "truncated");
    cpSync(required("RANDOM_MODEL"), path, { recursive: true });
    truncateSync(join(path, "model.safetensors"), 50_000);
    const lm = await LMLiteBlock.deploy({ models: [{ id: path }], provider: new LocalProvider() });
    try {
      await assert.rejects(lm.untilReady(), /model\.safetensors/);
    } finally {
      await lm.delete();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a model that is not deployed, and a schema that MDL cannot express, never reach the engine", async () => {
    const model = required("RANDOM_MODEL");
    const lm = await LMLiteBlock.deploy({ models: [{ id: model }], provider: new LocalProvider() });
    try {
      await assert.rejects(lm.chat({ model: "other", messages }), (error) =>
        ModelNotServedError.isInstance(error),
      );
      const output = Type.Object({ anything: Type.Unknown() });
      await assert.rejects(lm.generate({ model, output }), /anything/);
    } finally {
      await lm.dispose();
    }
  });
});
