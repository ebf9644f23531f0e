import type {
  ActivationContext,
  GpuArchitecture,
  Mxfp4Padding,
  RuntimePlanningProfile,
} from "@conduit/types";
import { GIB } from "../bytes.ts";
import { PLAIN } from "../model/quantization.ts";
import { expertWorkspaceBytes, forwardBytes } from "./activations.ts";
import { isAtLeast, supportsNatively } from "./native-support.ts";
import { type VllmMemoryTraits, vllmMemoryTraits } from "./vllm-versions.ts";

/** Flags of `vllm serve` that memory depends on. */
export interface VllmProfileOptions {
  /** `--max-num-seqs`; default what the version takes by itself on the GPU. */
  readonly maxNumSeqs?: number;
  /** `--max-num-batched-tokens`; default what the version takes by itself on the GPU. */
  readonly maxNumBatchedTokens?: number;
  /** `--gpu-memory-utilization`; default 0.9. */
  readonly gpuMemoryUtilization?: number;
}

/** Least memory of a GPU that vLLM gives large steps to. */
const LARGE_GPU_BYTES = 70 * GIB;

/**
 * What planning needs to know of a version of vLLM, such as `0.19.0`. Activations are what its profiling run reaches with
 * the default flags, at the largest step that it allows itself, whatever `maxModelConcurrency` is, unless `maxNumSeqs` is given.
 * CUDA graphs are not counted: vLLM records them after it has sized the KV cache, out of what `memoryUtilization` leaves (0.5 to 1.9 GiB
 * in 0.19).
 *
 * @throws {@link UnknownVllmVersionError} below 0.6, and for what is no version.
 */
export function vllmProfile(version: string, options: VllmProfileOptions = {}): RuntimePlanningProfile {
  const traits = vllmMemoryTraits(version);
  const { alone, parallel, sampler } = traits;
  return {
    name: `vLLM ${version.replace(/^v/, "")}`,
    memoryUtilization: options.gpuMemoryUtilization ?? 0.9,
    formulas: {
      activations: `larger of sampling (sequences x vocabulary x ${sampler.bytesPerLogit} bytes beside 2 hidden widths a token) and of a forward pass`,
      overhead: `outside PyTorch ${alone} GiB on one GPU, ${parallel} GiB on each of several`,
    },
    derivedWeights: { rotaryTables: true, absorbedMla: true },
    overheadBytes({ tensorParallel, modelCount }) {
      return (tensorParallel === 1 ? alone : parallel) * GIB * modelCount;
    },
    activationBytes: (context) => activationBytes(context, traits, options),
    mxfp4Padding,
    supports,
    supportsKvDtype,
  };
}

/**
 * The profiling run: a forward pass of the largest step, then sampling for the most sequences. The sampler's peak stands beside the
 * hidden states and the residual, the outputs of the vision encoder, and in newer versions the experts' buffers.
 */
function activationBytes(
  context: ActivationContext,
  traits: VllmMemoryTraits,
  options: VllmProfileOptions,
): number {
  const step = isLarge(context) ? traits.large : traits.other;
  const tokens = options.maxNumBatchedTokens ?? step.tokens ?? Math.max(context.maxModelLen, 2048);
  const rows = Math.min(options.maxNumSeqs ?? step.sequences, tokens);
  const { bytesPerValue, hiddenSize, vocabularySize } = context;
  const { bytesPerLogit, rows: bufferRows } = traits.sampler;
  const logits = vocabularySize * (rows * bytesPerLogit + bufferRows * 4);
  const hidden = 2 * tokens * hiddenSize * bytesPerValue;
  const images =
    context.imageTokens === undefined
      ? 0
      : Math.max(tokens, context.imageTokens) * hiddenSize * bytesPerValue;
  // The kernels for MXFP4 hold no buffers between the matrices.
  const experts = context.dtype === "mxfp4" ? 0 : expertWorkspaceBytes(context, tokens);
  const staying = traits.expertsStay ? experts : 0;
  return images + Math.max(logits + hidden + staying, forwardBytes(context, tokens) + experts);
}

/** vLLM gives large steps to GPUs of at least 70 GiB but the A100; where nothing is known, the larger figures hold. */
function isLarge({ architecture, gpuMemoryBytes }: ActivationContext): boolean {
  return architecture !== "AMPERE" && (gpuMemoryBytes ?? LARGE_GPU_BYTES) >= LARGE_GPU_BYTES;
}

/**
 * `Mxfp4MoEMethod.create_weights` of vLLM: Marlin on Ampere and Ada, TensorRT-LLM's kernels on Blackwell. On Hopper the Triton
 * kernels leave both widths as they are, but lay packed rows out in 128 bytes: gpt-oss-20b and gpt-oss-120b take 6.3 % more than their
 * experts' files, which is 16/17 (the values without their scales) of what rounding 1,440 bytes to 1,536 adds.
 */
function mxfp4Padding(architecture: GpuArchitecture | undefined): Mxfp4Padding {
  if (architecture === "BLACKWELL") return { hidden: 256, intermediate: 256, rowBytes: 1 };
  if (architecture === "AMPERE" || architecture === "ADA")
    return { hidden: 256, intermediate: 128, rowBytes: 1 };
  return { hidden: 1, intermediate: 64, rowBytes: 128 };
}

/** Eight bits from Ampere on (FlashInfer) and on AMD, four on Blackwell; where no GPU is named, on one that can. */
function supportsKvDtype(kvDtype: string, architecture: GpuArchitecture | undefined): boolean {
  if (architecture === undefined) return true;
  if (kvDtype === "nvfp4") return architecture === "BLACKWELL";
  return architecture === "CDNA3" || isAtLeast(architecture, "AMPERE");
}

/** Marlin unpacks FP8, FP4 and four-bit integers on Ampere and newer; on AMD what the hardware has. */
function supports(dtype: string, architecture: GpuArchitecture | undefined): boolean {
  if (architecture === undefined) return PLAIN.includes(dtype);
  if (supportsNatively(dtype, architecture)) return true;
  // What LM Lite makes for itself, int4-g32, is no checkpoint's.
  if (/^int4(?!-g3)/.test(dtype)) return architecture === "CDNA3" || isAtLeast(architecture, "TURING");
  return ["fp8", "mxfp4", "nvfp4", "nf4"].includes(dtype) && isAtLeast(architecture, "AMPERE");
}
