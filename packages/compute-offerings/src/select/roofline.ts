import type { Gpu } from "../catalogue/gpu.ts";
import type { VramEstimate } from "../estimate/vram-estimate.ts";
import { moduleBytes } from "../model/weight-scheme.ts";
import { sumOf } from "../sum-of.ts";
import type { Machine } from "./machine.ts";
import type { Demand } from "./workload.ts";

/** What takes most of a step: reading memory, multiplying, or passing results between GPUs. */
export type Bound = "bandwidth" | "arithmetic" | "interconnect";

/** The least time that a step can take. */
export interface StepTime {
  readonly seconds: number;
  readonly bound: Bound;
}

/**
 * Least time of one decoding step for `sequences` sequences on `degree` GPUs:
 *
 *     max(bytes read / bandwidth, 2 x multiplied parameters x sequences / rate) + all-reduces / link
 *
 * Read are the weights that the sequences' tokens touch and the KV cache of contexts that are half full: within windows, and where an indexer
 * picks entries, those and its keys. Of experts, a step of n
 * tokens touches the share 1 - (1 - active / all)^n. Multiplied are active parameters but the embeddings, of which a token takes a row. Tensor parallelism divides all of it, and adds two ring all-reduces of the hidden
 * state per layer, each of which sends 2 (degree - 1) / degree of it. Nothing else is counted: no engine is faster.
 *
 * Undefined where the catalogue does not know the machine's devices.
 */
export function decodeStep(
  demand: Demand,
  estimate: VramEstimate,
  machine: Machine,
  degree: number,
  sequences: number,
): StepTime | undefined {
  const kvBytes = estimate.kvReadBytes * (sequences / demand.maxModelConcurrency);
  return step(demand, machine, degree, sequences, sequences, kvBytes);
}

/** Least time to the first token of a prompt that has the machine for itself: the same sum for all its tokens at once, the head for the last. */
export function promptStep(demand: Demand, machine: Machine, degree: number): StepTime | undefined {
  const tokens = Math.min(demand.promptTokens, demand.maxModelLen);
  return step(demand, machine, degree, tokens, 1, 0);
}

/** `sampled` are the tokens whose logits are wanted. */
function step(
  demand: Demand,
  machine: Machine,
  degree: number,
  tokens: number,
  sampled: number,
  kvBytes: number,
): StepTime | undefined {
  const { gpu } = machine;
  if (gpu === undefined) return undefined;
  const bandwidth = (weightsRead(demand, tokens) / degree + kvBytes) / gpu.bandwidthBytesPerSecond;
  const arithmetic = operations(demand, tokens, sampled) / degree / flopsPerSecond(demand, gpu);
  const interconnect =
    degree === 1 ? 0 : reducedBytes(demand, degree, tokens) / (machine.peerBytesPerSecond ?? Number.NaN);
  const computed = arithmetic > bandwidth ? "arithmetic" : "bandwidth";
  const longer = Math.max(bandwidth, arithmetic);
  return { seconds: longer + interconnect, bound: interconnect > longer ? "interconnect" : computed };
}

/** A multiplication and an addition per parameter and token. */
function operations({ shape }: Demand, tokens: number, sampled: number): number {
  const head = shape.vocabularySize * shape.hiddenSize;
  const layers = shape.activeParameters - (shape.tiedEmbeddings ? 1 : 2) * head;
  return 2 * (layers * tokens + head * sampled);
}

function weightsRead({ shape }: Demand, tokens: number): number {
  const { experts, activeExperts, activeWeightsBytes } = shape;
  if (experts === undefined || activeExperts === undefined || activeExperts >= experts) {
    return activeWeightsBytes;
  }
  const share = activeExperts / experts;
  const touched = 1 - (1 - share) ** tokens;
  const more = (touched - share) / (1 - share);
  const idleBytes = sumOf(
    shape.modules.filter(({ role }) => role === "experts"),
    (module) => moduleBytes(module) * (1 - module.activeCopies / module.copies),
  );
  return activeWeightsBytes + idleBytes * Math.max(0, more);
}

/** Rate of the type that weights of this format multiply in: their own where the card has it, else BF16, else FP16. */
function flopsPerSecond({ shape: { dtype } }: Demand, gpu: Gpu): number {
  const { fp16, bf16, int8, fp8, fp4 } = gpu.denseFlopsPerSecond;
  const wide = bf16 ?? fp16 ?? Number.NaN;
  const own: Readonly<Record<string, number | undefined>> = {
    float32: wide / 2,
    int8,
    fp8,
    mxfp4: fp4,
    nvfp4: fp4,
  };
  return own[dtype] ?? wide;
}

/** Bytes that one GPU sends: activations of two bytes. */
function reducedBytes({ shape }: Demand, degree: number, tokens: number): number {
  return shape.layers * 2 * ((2 * (degree - 1)) / degree) * tokens * shape.hiddenSize * 2;
}
