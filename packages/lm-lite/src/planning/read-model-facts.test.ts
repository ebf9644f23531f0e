import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { QWEN3_8B_CONFIG } from "../testing/model-facts.ts";
import { readModelFacts } from "./read-model-facts.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const config = JSON.stringify(QWEN3_8B_CONFIG);
const variables = ["HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "XDG_CACHE_HOME", "HF_TOKEN"];
const environment = new Map(variables.map((name) => [name, process.env[name]]));

/** Stands in for the Hub. */
let hub: Server;
let isOut: boolean;
let requestCount: number;
let folder: string;

before(async () => {
  hub = createServer((request, response) => {
    requestCount++;
    const url = request.url ?? "";
    if (isOut) return response.writeHead(503).end("{}");
    if (url.startsWith("/api/models/org/model/revision/main")) {
      return response.end(JSON.stringify({ id: "org/model", _id: "1", sha: COMMIT, tags: [] }));
    }
    if (url.startsWith(`/api/models/org/model/tree/${COMMIT}`)) {
      const file = (path: string, size: number) => ({ type: "file", path, size, oid: "1" });
      return response.end(
        JSON.stringify([file("config.json", config.length), file("model.safetensors", 16.4e9)]),
      );
    }
    if (url.startsWith(`/org/model/resolve/${COMMIT}/config.json`)) {
      const range =
        request.headers.range === undefined ? {} : { "content-range": `bytes 0-0/${config.length}` };
      return response.writeHead(200, { etag: '"1"', ...range }).end(config);
    }
    return response.writeHead(404).end("{}");
  });
  await new Promise<void>((listening) => hub.listen(0, "127.0.0.1", listening));
});

beforeEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "facts-"));
  isOut = false;
  requestCount = 0;
  for (const name of variables) delete process.env[name];
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  process.env.HF_HOME = join(folder, "huggingface");
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

after(async () => {
  for (const [name, value] of environment) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  hub.close();
  await rm(folder, { recursive: true });
});

const read = (id: string) =>
  readModelFacts([{ id, maxModelLen: 512, maxModelConcurrency: 2, modelBatchExecuteTimeoutMs: 0 }], {}).then(
    ([facts]) => facts,
  );

test("of a model of the Hub, what it takes and what is downloaded is known", async () => {
  const facts = await read("org/model");
  assert.equal(facts?.downloadBytes, 16.4e9 + config.length);
  const { planned } = facts ?? {};
  assert.deepEqual(
    [planned?.config, planned?.safetensorsBytes, planned?.maxModelLen, planned?.maxModelConcurrency],
    [QWEN3_8B_CONFIG, 16.4e9, 512, 2],
  );
});

test("what was read once is known without the Hub, and offline it is not asked", async () => {
  await read("org/model");
  isOut = true;
  assert.equal((await read("org/model"))?.downloadBytes, 16.4e9 + config.length);
  requestCount = 0;
  process.env.HF_HUB_OFFLINE = "1";
  assert.equal((await read("org/model"))?.downloadBytes, 16.4e9 + config.length);
  assert.equal(requestCount, 0);
});

test("where the Hub does not tell, why not is what is known", async () => {
  const facts = await read("org/other");
  assert.deepEqual([facts?.planned, facts?.downloadBytes], [undefined, undefined]);
  assert.match(String(facts?.failure), /org\/other from the Hub, found HTTP 404/);
});

test("a folder is not downloaded, and its weights count", async () => {
  await writeFile(join(folder, "config.json"), config);
  await writeFile(join(folder, "model.safetensors"), new Uint8Array(100));
  const facts = await read(folder);
  assert.deepEqual([facts?.downloadBytes, facts?.planned?.safetensorsBytes], [0, 100]);
  assert.equal(requestCount, 0);
});

test("what the engine quantises while it loads, and what it keeps its cache in, is planned as that", async () => {
  await writeFile(join(folder, "config.json"), config);
  const model = { id: folder, maxModelLen: 1, maxModelConcurrency: 1, modelBatchExecuteTimeoutMs: 0 };
  const [facts] = await readModelFacts([{ ...model, quantization: "int4", kvDtype: "int8" }], {});
  assert.equal(facts?.planned?.quantization, "int4-g32");
  assert.equal(facts?.planned?.kvDtype, "int8");
});

test("a folder that is on another machine, or has an architecture that nobody knows, is not known", async () => {
  const missing = await read("/nowhere/model");
  assert.deepEqual([missing?.downloadBytes, missing?.planned], [0, undefined]);
  await writeFile(join(folder, "config.json"), "{}");
  const strange = await read(folder);
  assert.deepEqual([strange?.downloadBytes, strange?.planned], [0, undefined]);
  assert.ok(strange?.failure instanceof Error);
});

test("a reading that is given up ends with its signal's reason", async () => {
  const reason = new Error("enough");
  const config = { id: "org/model", maxModelLen: 1, maxModelConcurrency: 1, modelBatchExecuteTimeoutMs: 0 };
  await assert.rejects(readModelFacts([config], { signal: AbortSignal.abort(reason) }), reason);
});
