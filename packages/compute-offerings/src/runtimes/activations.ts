import type { ActivationContext } from "@conduit/types";

/**
 * Activations that are alive at once at the widest point of a layer, for `tokens` tokens: gate and up side by side and their product
 * (3 x width), and of the hidden width the residual, the layer's input and output and what the allocator still holds.
 *
 * Read off what vLLM reports where no sampling follows, on the first stage of a pipeline: Llama-3.1-8B 1.05 GiB, Qwen3-8B 0.96 GiB for
 * 8,192 tokens (of which two hidden widths are the pipeline's), and CodeLlama-7b 0.77 GiB, granite-3.1-8b 0.85 GiB as a whole
 * (llm-d-planner, docs/accuracy/vllm-v0.19.0-accuracy-report.md at 2d557dc).
 */
export function forwardBytes(context: ActivationContext, tokens: number): number {
  const { hiddenSize, intermediateSize, tensorParallel, bytesPerValue } = context;
  return tokens * bytesPerValue * ((3 * intermediateSize) / tensorParallel + 4.25 * hiddenSize);
}

/**
 * Both buffers of a mixture's tokens, sorted by expert: what goes in and comes out of the second matrix, and what comes out of
 * the first (`TritonExperts.workspace_shapes` of vLLM).
 */
export function expertWorkspaceBytes(context: ActivationContext, tokens: number): number {
  const {
    activeExperts = 0,
    expertIntermediateSize = 0,
    hiddenSize,
    tensorParallel,
    bytesPerValue,
  } = context;
  const width = expertIntermediateSize / tensorParallel;
  const both = Math.max(width, hiddenSize) + Math.max(2 * width, hiddenSize);
  return tokens * activeExperts * bytesPerValue * both;
}
