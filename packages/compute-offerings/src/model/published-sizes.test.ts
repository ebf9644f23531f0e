import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readModelFolder } from "../hub/read-model-folder.ts";
import { PUBLISHED_SIZES, ROUNDED_SIZES } from "../testing/published-sizes.ts";
import { parseModelConfig } from "./parse-model-config.ts";
import { moduleBytes } from "./weight-scheme.ts";

const data = process.env.CONDUIT_TEST_DATA;
const configs = data === undefined ? "" : join(data, "configs");
const skip = existsSync(configs) ? false : "CONDUIT_TEST_DATA names no folder with configs";

async function shapeOf(model: string) {
  const { config, quantizationConfig } = await readModelFolder(join(configs, model.replace("/", "__")));
  return parseModelConfig(config, { quantizationConfig });
}

describe("the number of parameters beside the published one", { skip }, () => {
  for (const { models, billions, counted } of PUBLISHED_SIZES) {
    for (const model of models) {
      test(`${model} has ${billions}B`, async () => {
        const { parameters, vision } = await shapeOf(model);
        const own = counted === "all" ? parameters : parameters - (vision?.parameters ?? 0);
        const error = own / 1e9 / billions - 1;
        assert.ok(Math.abs(error) <= 0.01, `${own / 1e9}B is ${(error * 100).toFixed(2)} % off`);
      });
    }
  }

  test("every configuration of the test material is compared, or says why not", () => {
    const named = [...PUBLISHED_SIZES, ...ROUNDED_SIZES].flatMap(({ models }) => models);
    const folders = readdirSync(configs).filter((name) => existsSync(join(configs, name, "config.json")));
    assert.deepEqual(named.map((model) => model.replace("/", "__")).sort(), folders.sort());
  });

  test("sizes that are published in two digits are within them", async () => {
    const within = async (model: string, low: number, high: number) => {
      const { parameters, vision } = await shapeOf(model);
      const billions = (parameters - (vision?.parameters ?? 0)) / 1e9;
      assert.ok(low <= billions && billions < high, `${model}: ${billions}B`);
    };
    await within("Qwen/Qwen3-1.7B", 1.65, 1.75);
    await within("Qwen/Qwen3-VL-2B-Instruct", 1.65, 1.75);
    await within("deepseek-ai/DeepSeek-V4-Pro", 1550, 1650);
    await within("nvidia/Llama-3_3-Nemotron-Super-49B-v1", 49, 50);
    await within("XiaomiMiMo/MiMo-7B-Base", 7, 8);
  });
});

/** Bytes of the safetensors files as their repositories or model cards state them, in GB. */
const CHECKPOINTS = [
  { model: "openai/gpt-oss-20b", gigabytes: 13.76, draft: false },
  { model: "openai/gpt-oss-120b", gigabytes: 65.25, draft: false },
  { model: "deepseek-ai/DeepSeek-V4-Pro", gigabytes: 865, draft: true },
  { model: "moonshotai/Kimi-K3", gigabytes: 1554, draft: true },
] as const;

describe("the bytes of quantised checkpoints beside the published ones", { skip }, () => {
  for (const { model, gigabytes, draft } of CHECKPOINTS) {
    test(`${model} takes ${gigabytes} GB`, async () => {
      const { modules } = await shapeOf(model);
      const counted = modules.filter(({ role }) => draft || role !== "draft");
      const bytes = counted.reduce((sum, module) => sum + moduleBytes(module), 0);
      const error = bytes / 1e9 / gigabytes - 1;
      assert.ok(Math.abs(error) <= 0.01, `${bytes / 1e9} GB is ${(error * 100).toFixed(2)} % off`);
    });
  }
});
