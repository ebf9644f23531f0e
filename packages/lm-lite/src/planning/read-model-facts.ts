import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parseModelConfig } from "@conduit/compute-offerings";
import { type HubModel, readHubModel, readModelFolder } from "@conduit/compute-offerings/hub";
import type { CallOptions, LmLiteModelConfig } from "@conduit/types";
import type { ModelFacts } from "./model-facts.ts";

/** Longest time in milliseconds that the Hub may take: what it does not tell is looked for in the caches. */
const HUB_TIMEOUT_MS = 10_000;

/** Reads what decides how large models are: from their folders, else from the Hugging Face Hub, else from its caches. */
export async function readModelFacts(
  configs: readonly LmLiteModelConfig[],
  options: CallOptions,
): Promise<readonly ModelFacts[]> {
  return Promise.all(configs.map((config) => readOne(config, options)));
}

async function readOne(config: LmLiteModelConfig, { signal }: CallOptions): Promise<ModelFacts> {
  const { id, maxModelLen, maxModelConcurrency, kvDtype } = config;
  // The planner's name of the engine's own format, which is none of a checkpoint's.
  const quantization = config.quantization && `${config.quantization}-g32`;
  const isFolder = isAbsolute(id);
  try {
    const model = isFolder ? await readModelFolder(id) : await readFromHub(id, signal);
    const downloadBytes = isFolder ? 0 : model.downloadBytes;
    try {
      parseModelConfig(model.config, model);
    } catch (failure) {
      return { id, failure, downloadBytes };
    }
    return {
      id,
      planned: { ...model, maxModelLen, maxModelConcurrency, quantization, kvDtype },
      downloadBytes,
    };
  } catch (failure) {
    signal?.throwIfAborted();
    return { id, failure, downloadBytes: isFolder ? 0 : undefined };
  }
}

/** @throws the Hub's failure, where no cache has the model either. */
async function readFromHub(id: string, signal: AbortSignal | undefined): Promise<HubModel> {
  const cacheFolder = ownCacheFolder();
  let failure: unknown;
  if (!isOffline()) {
    const tooLate = AbortSignal.timeout(HUB_TIMEOUT_MS);
    try {
      return await readHubModel(id, {
        cacheFolder,
        signal: signal === undefined ? tooLate : AbortSignal.any([signal, tooLate]),
      });
    } catch (error) {
      signal?.throwIfAborted();
      failure = error;
    }
  }
  try {
    return await readHubModel(id, { cacheFolder, offline: true });
  } catch {
    // Hugging Face's own cache has what an engine of this machine has downloaded.
    return readHubModel(id, { offline: true }).catch((error) => {
      throw failure ?? error;
    });
  }
}

/** As Hugging Face's own programs read it. */
function isOffline(): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((process.env.HF_HUB_OFFLINE ?? "").toUpperCase());
}

/**
 * Not Hugging Face's own: what this user makes there, the user of a container could not write to when it downloads the weights.
 */
function ownCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "conduit", "hub");
}
