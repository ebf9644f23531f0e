import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { HubRequestError, ModelNotCachedError, readHubModel } from "./index.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const CONFIG = '{"model_type": "qwen3", "rope_scaling": {"factor": Infinity}}';

/** Stands in for the Hub: a model behind a token, with two shards, a copy of them in another layout, and no quantisation file. */
let hub: Server;
let hubUrl: string;
let cacheFolder: string;
let requests: string[];

before(async () => {
  hub = createServer((request, response) => {
    const url = request.url ?? "";
    requests.push(url.replace(/\?.*/, ""));
    if (request.headers.authorization !== "Bearer hf_secret") return response.writeHead(401).end("{}");
    if (url.startsWith("/api/models/org/broken/")) return response.writeHead(503).end("{}");
    if (url.startsWith("/api/models/org/model/revision/main")) {
      return response.end(JSON.stringify({ id: "org/model", _id: "1", sha: COMMIT, tags: [] }));
    }
    if (url.startsWith(`/api/models/org/model/tree/${COMMIT}`)) {
      const file = (path: string, size: number) => ({ type: "file", path, size, oid: "1" });
      return response.end(
        JSON.stringify([
          file("config.json", CONFIG.length),
          file("consolidated.safetensors", 3000),
          file("model-00001-of-00002.safetensors", 2000),
          file("model-00002-of-00002.safetensors", 1000),
        ]),
      );
    }
    if (url.startsWith(`/org/model/resolve/${COMMIT}/config.json`)) {
      const range =
        request.headers.range === undefined ? {} : { "content-range": `bytes 0-0/${CONFIG.length}` };
      return response.writeHead(200, { etag: '"1"', ...range }).end(CONFIG);
    }
    return response.writeHead(404).end("{}");
  });
  await new Promise<void>((listening) => hub.listen(0, "127.0.0.1", listening));
  hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});

beforeEach(async () => {
  if (cacheFolder !== undefined) await rm(cacheFolder, { recursive: true });
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-"));
  requests = [];
});

after(async () => {
  await rm(cacheFolder, { recursive: true });
  hub.close();
});

const expected = {
  id: "org/model",
  commit: COMMIT,
  config: { model_type: "qwen3", rope_scaling: { factor: null } },
  safetensorsBytes: 3000,
  // The engine downloads copies in other layouts, too.
  downloadBytes: 6000 + CONFIG.length,
};

test("reads the configuration and the size of the weights, which are not downloaded", async () => {
  const model = await readHubModel("org/model", { token: "hf_secret", hubUrl, cacheFolder });
  assert.deepEqual(model, expected);
  assert.ok(!requests.some((url) => url.endsWith(".safetensors")), requests.join("\n"));
});

test("takes files of the same commit from the cache, and offline asks nobody", async () => {
  await readHubModel("org/model", { token: "hf_secret", hubUrl, cacheFolder });
  requests = [];
  assert.deepEqual(await readHubModel("org/model", { token: "hf_secret", hubUrl, cacheFolder }), expected);
  assert.ok(!requests.some((url) => url.includes("/resolve/")), requests.join("\n"));
  requests = [];
  assert.deepEqual(await readHubModel("org/model", { hubUrl, cacheFolder, offline: true }), expected);
  assert.deepEqual(
    await readHubModel("org/model", { hubUrl, cacheFolder, offline: true, revision: COMMIT }),
    expected,
  );
  assert.deepEqual(requests, []);
});

test("says that a token is needed", async () => {
  await assert.rejects(readHubModel("org/model", { token: "hf_wrong", hubUrl, cacheFolder }), (error) => {
    assert.ok(HubRequestError.isInstance(error));
    assert.equal(error.status, 401);
    assert.equal(
      error.message,
      "Expected the configuration of org/model from the Hub, found HTTP 401. Give a token that may read the model (token, or HF_TOKEN), and accept its licence on its page.",
    );
    return true;
  });
});

test("says that there is no such model", async () => {
  await assert.rejects(readHubModel("org/other", { token: "hf_secret", hubUrl, cacheFolder }), {
    code: "HUB_REQUEST",
    message:
      "Expected the configuration of org/other from the Hub, found HTTP 404. Check the model's id and the revision; private models need a token.",
  });
});

test("says what is wrong with a token that is none", async () => {
  await assert.rejects(readHubModel("org/model", { token: "secret", hubUrl, cacheFolder }), {
    code: "HUB_REQUEST",
    message:
      "Expected the configuration of org/model from the Hub, found a failure before the request: Your access token must start with 'hf_'.",
  });
});

test("says that the Hub is out of order", async () => {
  await assert.rejects(readHubModel("org/broken", { token: "hf_secret", hubUrl, cacheFolder }), {
    code: "HUB_REQUEST",
    message: "Expected the configuration of org/broken from the Hub, found HTTP 503. Try again later.",
  });
});

for (const file of ["config.json", "hf_quant_config.json", "model.safetensors.index.json"]) {
  test(`names ${file} of the cache where it is no JSON`, async () => {
    const snapshot = join(cacheFolder, "models--org--model", "snapshots", COMMIT);
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(snapshot, "config.json"), CONFIG);
    await writeFile(join(snapshot, file), "<html>");
    await assert.rejects(readHubModel("org/model", { cacheFolder, offline: true, revision: COMMIT }), {
      code: "INVALID_MODEL_CONFIG_JSON",
      message: `Expected JSON in "." of ${file}, found "<html>". Use the ${file} beside the model's weights.`,
    });
  });
}

test("says that nobody answers", async () => {
  await assert.rejects(readHubModel("org/model", { hubUrl: "http://127.0.0.1:1", cacheFolder }), {
    code: "HUB_REQUEST",
    message:
      "Expected the configuration of org/model from the Hub, found no answer. Check the connection, or read it offline once it is in the cache.",
  });
});

test("says offline that the model is not in the cache", async () => {
  await assert.rejects(readHubModel("org/model", { cacheFolder, offline: true }), (error) => {
    assert.ok(ModelNotCachedError.isInstance(error));
    assert.equal(
      error.message,
      `Expected config.json of org/model at revision main in ${cacheFolder}, found none. Read it once without offline, or name another cacheFolder.`,
    );
    return true;
  });
});

test("ends with the caller's reason when it is aborted", async () => {
  const reason = new Error("no longer needed");
  await assert.rejects(
    readHubModel("org/model", { token: "hf_secret", hubUrl, cacheFolder, signal: AbortSignal.abort(reason) }),
    reason,
  );
});
