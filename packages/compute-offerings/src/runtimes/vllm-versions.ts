import { UnknownVllmVersionError } from "./unknown-vllm-version-error.ts";

/** What of vLLM's use of memory changed from one version to another. */
export interface VllmMemoryTraits {
  /** Minor version 0.x from which this holds. */
  readonly minor: number;
  readonly sampler: VllmSampler;
  /** Whether the buffers of a mixture's experts outlive the forward pass, so that they add to the sampler's peak. */
  readonly expertsStay: boolean;
  /** GiB per GPU outside PyTorch's allocator, alone and beside others. */
  readonly alone: number;
  readonly parallel: number;
  /** What the server takes by itself on large GPUs and on others. */
  readonly large: VllmStep;
  readonly other: VllmStep;
}

/** What is alive when the sampler is profiled with top-k and top-p. */
export interface VllmSampler {
  readonly bytesPerLogit: number;
  /** Rows of 32-bit logits that its kernel keeps, one per multiprocessor. */
  readonly rows: number;
}

/** Largest number of sequences and of tokens in a step. */
export interface VllmStep {
  readonly sequences: number;
  /** Absent where a whole prompt goes into one step. */
  readonly tokens?: number;
}

/**
 * Sorting logits row by row: logits in 16 and in 32 bits, sorted values and their 64-bit indices, the indices before, and
 * the double buffer of the sort (2 + 4 + 4 + 8 + 8 + 12).
 */
const SORTING: VllmSampler = { bytesPerLogit: 38, rows: 0 };

/**
 * Searching a pivot instead: logits in 16 and in 32 bits, probabilities, and the noise they are divided by (2 + 4 + 4 + 4). Rows are of the
 * H100 on which the sampler's buffer was measured; other large GPUs have up to a seventh more.
 */
const PIVOTING: VllmSampler = { bytesPerLogit: 14, rows: 132 };

const STEPS = { large: { sequences: 1024, tokens: 8192 }, other: { sequences: 256, tokens: 2048 } };
const WHOLE_PROMPTS = { large: { sequences: 256 }, other: { sequences: 256 } };

/**
 * Newest first; in a version between two measured ones the larger terms hold. Sources:
 * - vllm-project/vllm pull request 10511 (0.6): 1.79 GiB outside PyTorch on one GPU and twice that on two, a whole prompt in a step. Two
 *   runs of one source, memory of other processes counted in: a reading, not a mean, and no later version rests on it.
 * - Pull requests 12126 and 14447 (0.7 and 0.8): 0.16 and 0.20 GiB, since other processes no longer count.
 * - Pull requests 16158 and 17073: 1,024 sequences and 8,192 tokens on GPUs of at least 70 GiB but the A100, 256 and 2,048 elsewhere.
 * - Pull request 33538: pivots instead of a sort.
 * - llm-d-benchmark, config_explorer/empirical-vllm-memory-results.md at 2593348 (0.11, ten runs): 0.13 GiB on one GPU; llm-d-planner
 *   counts 0.6 on several.
 * - llm-d-planner, docs/accuracy/vllm-v0.19.0-accuracy-report.md at 2d557dc (0.19, 49 runs): means of 0.27 GiB on one GPU, 2.08 on two
 *   and 2.17 on four.
 */
const VERSIONS: readonly VllmMemoryTraits[] = [
  { minor: 17, sampler: PIVOTING, expertsStay: true, alone: 0.27, parallel: 2.11, ...STEPS },
  { minor: 12, sampler: SORTING, expertsStay: true, alone: 0.27, parallel: 2.11, ...STEPS },
  { minor: 8, sampler: SORTING, expertsStay: false, alone: 0.13, parallel: 0.6, ...STEPS },
  { minor: 7, sampler: SORTING, expertsStay: false, alone: 0.18, parallel: 0.6, ...WHOLE_PROMPTS },
  { minor: 6, sampler: SORTING, expertsStay: false, alone: 1.79, parallel: 3.58, ...WHOLE_PROMPTS },
];

/** Traits of a version such as `0.19.0`, `v0.11` or `0.8.3.dev1`. Throws {@link UnknownVllmVersionError}. */
export function vllmMemoryTraits(version: string): VllmMemoryTraits {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const oldest = VERSIONS.at(-1)?.minor ?? 0;
  const newest = VERSIONS[0];
  if (major !== undefined && Number(major) > 0 && newest !== undefined) return newest;
  const traits = VERSIONS.find((known) => Number(minor) >= known.minor);
  if (traits === undefined) throw new UnknownVllmVersionError(version, `0.${oldest}`);
  return traits;
}
