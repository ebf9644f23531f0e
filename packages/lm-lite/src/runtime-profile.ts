import type { LmLiteModelConfig, ProcessCommand, RuntimeProfile } from "@conduit/types";

const CPU_DTYPES: ReadonlySet<string> = new Set(["float32", "float16", "bfloat16", "f32", "f16", "bf16"]);

/** Environment variable that holds the bearer key of an engine's endpoint. */
export const LM_LITE_API_KEY = "LM_LITE_API_KEY";

/** Longest time in milliseconds for which an engine sends nothing while it answers, with a margin: comments come every 10 s. */
export const ENGINE_MAX_SILENCE_MS = 35_000;

/** What planning and deploying need to know of LM Lite. */
export const LM_LITE: RuntimeProfile<LmLiteModelConfig> = {
  runtime: "LM_LITE",
  image: "conduit/lm-lite:0.1.0",
  ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
  env: (models) => ({
    MODELS: JSON.stringify(
      models.map((model) => ({
        id: model.id,
        max_model_len: model.maxModelLen,
        max_model_concurrency: model.maxModelConcurrency,
        model_batch_execute_timeout_ms: model.modelBatchExecuteTimeoutMs,
      })),
    ),
  }),
  overheadBytes: ({ modelCount }) => PROCESS_BYTES + modelCount * VOCABULARY_BYTES,
  supports: (dtype, architecture) => architecture === undefined && CPU_DTYPES.has(dtype),
};

/** Resident memory of the engine beside weights, KV cache and vocabularies; measured, see docs/benchmarks.md. */
const PROCESS_BYTES = 16 * 2 ** 20;

/** Tokenizer and token trie of a vocabulary of 152k tokens (Qwen3); measured, see docs/benchmarks.md. */
const VOCABULARY_BYTES = 120 * 2 ** 20;

/** How the engine starts as a process of this machine. */
export function engineProcess(executable: string): ProcessCommand {
  return {
    executable,
    arguments: [
      "serve",
      ...["--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"],
      ...["--holders", "{holders}", "--holders-stdin"],
    ],
  };
}
