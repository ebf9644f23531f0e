import { KernelProgram } from "../kernel-program.ts";
import { randomQwen3 } from "../models.ts";
import { compare } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { llamaBench } from "./llama-bench.ts";
import { NO_AIM, peerMethod, RATE_HEAD, rateRow } from "./report.ts";
import { BF16, INT4, INT8, peerFileOf } from "./weights.ts";

const ROWS = [
  { weights: BF16, aim: "1.00" },
  { weights: INT8, aim: "1.50" },
  { weights: INT4, aim: NO_AIM },
];

/** One prompt from an empty context. */
export async function measurePeerPrompt({ rounds, quick }: MeasureOptions): Promise<Section> {
  const promptTokens = quick ? 300 : 512;
  const folder = await randomQwen3(0);
  const rows: string[][] = [];
  for (const { weights, aim } of ROWS) {
    const file = await peerFileOf(folder, weights);
    using kernels = new KernelProgram(folder, weights.quantization);
    const prefill = async () => {
      const { promptSeconds } = await kernels.run({ batch: 1, promptTokens, answerTokens: 1 });
      return promptTokens / promptSeconds;
    };
    await prefill();
    const rates = await compare(rounds, prefill, () => llamaBench(file, { promptTokens }));
    rows.push(rateRow(weights.name, rates, aim));
  }
  return {
    title: `A prompt of ${promptTokens} beside llama.cpp`,
    method: `batch-throughput, in steps of 256 tokens as the engine takes them, beside llama-bench. ${await peerMethod(rounds)}`,
    head: RATE_HEAD,
    rows,
  };
}
