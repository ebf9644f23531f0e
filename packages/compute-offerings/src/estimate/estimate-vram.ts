import type { ActivationContext, GpuArchitecture, RuntimePlanningProfile } from "@conduit/types";
import type { ModelShape } from "../model/model-shape.ts";
import { toModelShape } from "../model/to-model-shape.ts";
import { LM_LITE_PROFILE } from "../runtimes/lm-lite-profile.ts";
import { ARCHITECTURES } from "../runtimes/native-support.ts";
import { sumOf } from "../sum-of.ts";
import { explainVram } from "./explain-vram.ts";
import { InvalidEstimateOptionError } from "./invalid-estimate-option-error.ts";
import { kvBytesPerToken, kvReadBytes, kvSequenceBytes } from "./kv-cache.ts";
import { MaxModelLenError } from "./max-model-len-error.ts";
import { UnsupportedDtypeError } from "./unsupported-dtype-error.ts";
import type { EstimateVramOptions, VramEstimate } from "./vram-estimate.ts";
import { weightsPerGpu } from "./weights-per-gpu.ts";

/**
 * Memory that one GPU needs to serve a model: weights, the KV cache of `maxModelConcurrency` sequences of `maxModelLen` tokens, the
 * peak of activations, and what the runtime takes beside them.
 *
 * `model` is the content of a `config.json`, or what {@link parseModelConfig} made of it, which is the way to bring in the exact size
 * of the checkpoint.
 *
 * @throws {@link MaxModelLenError} above what the model can hold.
 * @throws {@link UnsupportedDtypeError} where `architecture` cannot run the weights' format.
 * @throws {@link UnknownDtypeError}, {@link InvalidModelConfigJsonError}, {@link InvalidEstimateOptionError}
 *
 * @example
 * ```ts
 * const estimate = estimateVram(config, { maxModelLen: 8192, maxModelConcurrency: 16, runtime: vllmProfile("0.19.0") });
 * console.log(estimate.explain());
 * ```
 */
export function estimateVram(model: unknown, options: EstimateVramOptions): VramEstimate {
  const {
    maxModelLen,
    maxModelConcurrency,
    tensorParallel = 1,
    runtime = LM_LITE_PROFILE,
    architecture,
  } = options;
  checkPositive({ maxModelLen, maxModelConcurrency, tensorParallel });
  const shape = toModelShape(model, { quantization: options.quantization });
  if (maxModelLen > shape.maxPositionEmbeddings) {
    throw new MaxModelLenError(maxModelLen, shape.maxPositionEmbeddings);
  }
  checkDtype(shape.dtype, runtime, architecture);
  const weights = weightsPerGpu(shape, tensorParallel, runtime, architecture);
  const kvDtype = kvDtypeOf(shape, runtime, architecture, options.kvDtype);
  const kv = { ...runtime, kvDtype, tensorParallel };
  const perToken = kvBytesPerToken(shape, kv);
  const perSequence = kvSequenceBytes(shape, maxModelLen, kv);
  const weightsBytes = weights.bytes + sumOf(weights.added, ([bytes]) => bytes);
  const kvCacheBytes = Math.ceil(perSequence * maxModelConcurrency);
  const activationBytes = Math.ceil(runtime.activationBytes?.(activationContext(shape, options)) ?? 0);
  const overheadBytes = Math.ceil(
    runtime.overheadBytes({
      architecture,
      tensorParallel,
      modelCount: options.modelCount ?? 1,
    }),
  );
  const figures = {
    weightsBytes,
    kvCacheBytes,
    kvBytesPerToken: perToken,
    kvReadBytes: maxModelConcurrency * kvReadBytes(shape, maxModelLen / 2, kv),
    activationBytes,
    overheadBytes,
    totalBytes: weightsBytes + kvCacheBytes + activationBytes + overheadBytes,
    parameters: shape.parameters,
    activeParameters: shape.activeParameters,
  };
  return {
    ...figures,
    explain: () =>
      explainVram({
        shape,
        figures,
        weights,
        kvDtype,
        perSequence,
        maxModelLen,
        maxModelConcurrency,
        tensorParallel,
        runtime,
      }),
  };
}

/** The format that was asked for; else the checkpoint's where the runtime has it, else the activations'. */
function kvDtypeOf(
  shape: ModelShape,
  runtime: RuntimePlanningProfile,
  architecture: GpuArchitecture | undefined,
  asked = "auto",
): string {
  if (asked !== "auto") return asked;
  const { kvDtype, activationDtype } = shape;
  return runtime.supportsKvDtype?.(kvDtype, architecture) === false ? activationDtype : kvDtype;
}

function checkPositive(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidEstimateOptionError(option, value);
  }
}

function checkDtype(
  dtype: string,
  runtime: RuntimePlanningProfile,
  architecture: GpuArchitecture | undefined,
): void {
  if (architecture === undefined || runtime.supports(dtype, architecture)) return;
  const able = ARCHITECTURES.filter((candidate) => runtime.supports(dtype, candidate));
  throw new UnsupportedDtypeError(dtype, architecture, runtime.name ?? "the runtime", able);
}

/** Of the shape and the options it takes what they call the same. */
function activationContext(shape: ModelShape, options: EstimateVramOptions): ActivationContext {
  const { vision, activationDtype } = shape;
  return {
    ...shape,
    ...options,
    architecture: options.architecture,
    tensorParallel: options.tensorParallel ?? 1,
    bytesPerValue: activationDtype === "float32" ? 4 : 2,
    imageTokens: vision && vision.tokensPerImage * vision.streams,
  };
}
