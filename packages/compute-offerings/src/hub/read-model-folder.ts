import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseConfigJsonText } from "../model/config-json-text.ts";
import { type HubModel, sumSafetensors } from "./hub-model.ts";
import { ModelFolderError } from "./model-folder-error.ts";

const QUANTIZATION = "hf_quant_config.json";

/**
 * Reads what decides a model's size from a folder in Hugging Face layout; `config.json` alone is enough.
 *
 * @throws {@link ModelFolderError} where there is no `config.json`.
 * @throws {@link InvalidModelConfigJsonError} where a file is no JSON.
 */
export async function readModelFolder(folder: string): Promise<HubModel> {
  let names: readonly string[];
  let config: string;
  try {
    names = await readdir(folder);
    config = await readFile(join(folder, "config.json"), "utf8");
  } catch (cause) {
    throw new ModelFolderError(folder, { cause });
  }
  const quantization = names.includes(QUANTIZATION)
    ? {
        quantizationConfig: parseConfigJsonText(
          await readFile(join(folder, QUANTIZATION), "utf8"),
          QUANTIZATION,
        ),
      }
    : {};
  const weights = names.filter((name) => name.endsWith(".safetensors"));
  const files = await Promise.all(
    weights.map(async (name) => ({ path: name, size: (await stat(join(folder, name))).size })),
  );
  const safetensorsBytes = sumSafetensors(files);
  return {
    id: folder,
    config: parseConfigJsonText(config),
    ...quantization,
    ...(safetensorsBytes === undefined ? {} : { safetensorsBytes }),
  };
}
