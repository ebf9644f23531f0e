import { downloadFile, getHFHubCachePath, HubApiError, listFiles, modelInfo } from "@huggingface/hub";
import { parseConfigJsonText } from "../model/config-json-text.ts";
import { HubCache } from "./hub-cache.ts";
import { type HubModel, sumDownloads, sumSafetensors } from "./hub-model.ts";
import { HubRequestError } from "./hub-request-error.ts";
import { ModelNotCachedError } from "./model-not-cached-error.ts";

/** Where and how to read. */
export interface ReadHubModelOptions {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string | undefined;
  /** Access token; default the environment variable `HF_TOKEN`. */
  readonly token?: string | undefined;
  /** Reads from the cache alone, without a request; default false. */
  readonly offline?: boolean | undefined;
  /** Default Hugging Face's own (`HF_HUB_CACHE`, `HF_HOME`). */
  readonly cacheFolder?: string | undefined;
  /** Address of the Hub; default the environment variable `HF_ENDPOINT`, else the public one. */
  readonly hubUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CONFIG = "config.json";
const QUANTIZATION = "hf_quant_config.json";

/**
 * Reads what decides a model's size from the Hugging Face Hub: its configuration, and how large its safetensors files are, none of
 * which is downloaded. Files go to Hugging Face's cache, and are taken from there where the commit is the same.
 *
 * @throws {@link HubRequestError} where the Hub refuses or does not answer.
 * @throws {@link ModelNotCachedError} offline, where the configuration is not in the cache.
 * @throws {@link InvalidModelConfigJsonError} where a file is no JSON.
 *
 * @example
 * ```ts
 * const model = await readHubModel("Qwen/Qwen3-0.6B");
 * const shape = parseModelConfig(model.config, model);
 * ```
 */
export async function readHubModel(id: string, options: ReadHubModelOptions = {}): Promise<HubModel> {
  const { revision = "main", cacheFolder = getHFHubCachePath() } = options;
  const cache = new HubCache(cacheFolder, id);
  if (options.offline === true) {
    const commit = await cache.commitOf(revision);
    const model = commit === undefined ? undefined : await cachedModel(id, cache, commit);
    if (model === undefined) throw new ModelNotCachedError(id, revision, cacheFolder);
    return model;
  }
  const commit = await fetchModel(id, cache, options);
  await cache.writeRef(revision, commit);
  const model = await cachedModel(id, cache, commit);
  if (model === undefined) throw new HubRequestError(id, 404);
  return model;
}

async function cachedModel(id: string, cache: HubCache, commit: string): Promise<HubModel | undefined> {
  const config = await cache.read(commit, CONFIG);
  if (config === undefined) return undefined;
  const quantization = await cache.read(commit, QUANTIZATION);
  const safetensorsBytes = await cache.safetensorsBytes(commit);
  const downloadBytes = await cache.downloadBytes(commit);
  return {
    id,
    commit,
    config: parseConfigJsonText(config),
    ...(quantization === undefined
      ? {}
      : { quantizationConfig: parseConfigJsonText(quantization, QUANTIZATION) }),
    ...(safetensorsBytes === undefined ? {} : { safetensorsBytes }),
    ...(downloadBytes === undefined ? {} : { downloadBytes }),
  };
}

/** Brings into the cache what it lacks, and returns the commit. */
async function fetchModel(id: string, cache: HubCache, options: ReadHubModelOptions): Promise<string> {
  const {
    revision = "main",
    token = process.env.HF_TOKEN,
    hubUrl = process.env.HF_ENDPOINT,
    signal,
  } = options;
  const access = {
    ...(token === undefined || token === "" ? {} : { accessToken: token }),
    ...(hubUrl === undefined || hubUrl === "" ? {} : { hubUrl }),
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, signal === undefined ? init : { ...init, signal }),
  };
  try {
    const { sha } = await modelInfo({ name: id, revision, additionalFields: ["sha"], ...access });
    const at = { repo: { type: "model", name: id }, revision: sha, ...access } as const;
    const files = await Array.fromAsync(listFiles(at));
    for (const file of [CONFIG, QUANTIZATION]) {
      const missing = files.some(({ path }) => path === file) && (await cache.read(sha, file)) === undefined;
      const blob = missing ? await downloadFile({ ...at, path: file, xet: false }) : null;
      if (blob !== null) await cache.write(sha, file, await blob.text());
    }
    const safetensorsBytes = sumSafetensors(files);
    await cache.writeSizes(sha, {
      downloadBytes: sumDownloads(files),
      ...(safetensorsBytes !== undefined && { safetensorsBytes }),
    });
    return sha;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubRequestError(id, cause instanceof HubApiError ? cause.statusCode : undefined, { cause });
  }
}
