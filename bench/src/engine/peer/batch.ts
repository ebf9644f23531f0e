import { KernelProgram } from "../kernel-program.ts";
import { randomQwen3 } from "../models.ts";
import { compare } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { kernelRates } from "./kernel-rates.ts";
import { llamaBatchedBench } from "./llama-bench.ts";
import { peerMethod, RATE_HEAD, rateRow } from "./report.ts";
import { BF16, INT8, peerFileOf } from "./weights.ts";

const PROMPT_TOKENS = 64;
const ROWS = [
  {
    weights: BF16,
    batches: [
      { batch: 8, aim: "1.30" },
      { batch: 32, aim: "1.10" },
    ],
  },
  {
    weights: INT8,
    batches: [
      { batch: 8, aim: "2.00" },
      { batch: 32, aim: "1.50" },
    ],
  },
];

/** Decoding many sequences at once. */
export async function measurePeerBatch({ rounds, quick }: MeasureOptions): Promise<Section> {
  const promptTokens = quick ? 8 : PROMPT_TOKENS;
  const answerTokens = quick ? 4 : 64;
  const folder = await randomQwen3(0);
  const rows: string[][] = [];
  for (const { weights, batches } of ROWS) {
    const file = await peerFileOf(folder, weights);
    using kernels = new KernelProgram(folder, weights.quantization);
    for (const { batch, aim } of batches) {
      const job = { batch, promptTokens, answerTokens };
      await kernelRates(kernels, { ...job, answerTokens: 4 });
      const rates = await compare(
        rounds,
        async () => (await kernelRates(kernels, job)).answer,
        async () => (await llamaBatchedBench(file, job)).answer,
      );
      rows.push(rateRow(`${batch} sequences, ${weights.name}`, rates, aim));
    }
  }
  return {
    title: "Decoding batches beside llama.cpp",
    method: `Sequences with prompts of ${promptTokens} tokens and ${answerTokens} tokens of answer, of which only the answers' time counts; batch-throughput beside llama-batched-bench. ${await peerMethod(rounds)}`,
    head: RATE_HEAD,
    rows,
  };
}
