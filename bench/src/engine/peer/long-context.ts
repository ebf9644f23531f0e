import { KernelProgram } from "../kernel-program.ts";
import { randomQwen3 } from "../models.ts";
import { type Round, summarize, takeTurns } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { kernelRates } from "./kernel-rates.ts";
import { llamaBatchedBench, type Rates } from "./llama-bench.ts";
import { peerMethod, RATE_HEAD, rateRow } from "./report.ts";
import { BF16, INT8, peerFileOf } from "./weights.ts";

const AIM = "1.10";

/** A long prompt, and decoding after it. */
export async function measurePeerLongContext({ rounds, quick }: MeasureOptions): Promise<Section> {
  const job = { batch: 1, promptTokens: quick ? 600 : 8_192, answerTokens: quick ? 4 : 32 };
  const folder = await randomQwen3(0);
  const rows: string[][] = [];
  for (const weights of [BF16, INT8]) {
    const file = await peerFileOf(folder, weights);
    using kernels = new KernelProgram(folder, weights.quantization);
    await kernelRates(kernels, { ...job, promptTokens: 1 });
    const results: readonly Round<Rates>[] = await takeTurns(
      rounds,
      () => kernelRates(kernels, job),
      () => llamaBatchedBench(file, job),
    );
    for (const [name, phase] of [
      [`prompt of ${job.promptTokens}`, "prompt"],
      [`decode after ${job.promptTokens}`, "answer"],
    ] as const) {
      const rates = results.map(({ first, second }) => ({ first: first[phase], second: second[phase] }));
      rows.push(rateRow(`${name}, ${weights.name}`, summarize(rates), AIM));
    }
  }
  return {
    title: "A long context beside llama.cpp",
    method: `One sequence: a prompt of ${job.promptTokens} tokens, then ${job.answerTokens} tokens of answer. batch-throughput, in steps of 256 tokens, beside llama-batched-bench, which measures both in one run as it does.
${await peerMethod(rounds)}`,
    head: RATE_HEAD,
    rows,
  };
}
