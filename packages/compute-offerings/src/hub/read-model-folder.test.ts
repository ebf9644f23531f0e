import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { readModelFolder } from "./index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "model-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("reads a folder with weights and a quantisation file", async () => {
  await writeFile(join(folder, "config.json"), '{"model_type": "llama"}');
  await writeFile(join(folder, "hf_quant_config.json"), '{"quantization": {"quant_algo": "FP8"}}');
  await writeFile(join(folder, "model.safetensors"), new Uint8Array(100));
  assert.deepEqual(await readModelFolder(folder), {
    id: folder,
    config: { model_type: "llama" },
    quantizationConfig: { quantization: { quant_algo: "FP8" } },
    safetensorsBytes: 100,
  });
});

test("a configuration alone is enough", async () => {
  await writeFile(join(folder, "config.json"), '{"time_step_limit": [0.0, Infinity], "note": "Infinity"}');
  assert.deepEqual(await readModelFolder(folder), {
    id: folder,
    config: { time_step_limit: [0, null], note: "Infinity" },
  });
});

test("a folder without one is named", async () => {
  await assert.rejects(readModelFolder(folder), {
    code: "MODEL_FOLDER",
    message: `Expected a readable config.json in the folder ${folder}, found none. Name the folder that holds it.`,
  });
});

test("what is no JSON is named", async () => {
  await writeFile(join(folder, "config.json"), "not JSON");
  await assert.rejects(readModelFolder(folder), {
    code: "INVALID_MODEL_CONFIG_JSON",
    message:
      'Expected JSON in "." of config.json, found "not JSON". Use the config.json beside the model\'s weights.',
  });
});

test("what is no JSON beside it is named, too", async () => {
  await writeFile(join(folder, "config.json"), "{}");
  await writeFile(join(folder, "hf_quant_config.json"), "");
  await assert.rejects(readModelFolder(folder), {
    code: "INVALID_MODEL_CONFIG_JSON",
    message:
      'Expected JSON in "." of hf_quant_config.json, found "". Use the hf_quant_config.json beside the model\'s weights.',
  });
});
