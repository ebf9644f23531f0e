import { LM_LITE_PROFILE } from "@conduit/compute-offerings";
import type { LmLiteModelConfig, ProcessCommand, RuntimeProfile } from "@conduit/types";
import { ENGINE_IMAGE } from "./engine-image.ts";

/** Environment variable that holds the bearer key of an engine's endpoint. */
export const LM_LITE_API_KEY = "LM_LITE_API_KEY";

/** Longest time in milliseconds for which an engine sends nothing while it answers, with a margin: comments come every 10 s. */
export const ENGINE_MAX_SILENCE_MS = 35_000;

/** What planning and deploying need to know of LM Lite. */
export const LM_LITE: RuntimeProfile<LmLiteModelConfig> = {
  ...LM_LITE_PROFILE,
  runtime: "LM_LITE",
  // What the kernels are built with, native/cuda-kernels/src/device/requirements.rs; its first driver is 580.
  minimumCudaVersion: "13.0",
  image: ENGINE_IMAGE,
  ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
  env: (models) => ({
    MODELS: JSON.stringify(
      models.map((model) => ({
        id: model.id,
        max_model_len: model.maxModelLen,
        max_model_concurrency: model.maxModelConcurrency,
        model_batch_execute_timeout_ms: model.modelBatchExecuteTimeoutMs,
        quantization: model.quantization,
        kv_dtype: model.kvDtype,
      })),
    ),
  }),
};

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
