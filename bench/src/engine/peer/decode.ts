import { KernelProgram } from "../kernel-program.ts";
import { randomQwen3 } from "../models.ts";
import { ReadLoop } from "../read-loop.ts";
import { compare, type Round, summarize } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { kernelRates } from "./kernel-rates.ts";
import { llamaBench } from "./llama-bench.ts";
import { NO_AIM, peerMethod, RATE_HEAD, rateRow } from "./report.ts";
import { BF16, INT4, INT8, peerFileOf } from "./weights.ts";

const ROWS = [
  { weights: BF16, aim: "1.10", bandwidthAim: "0.95" },
  { weights: INT8, aim: "1.25", bandwidthAim: "0.95" },
  { weights: INT4, aim: "1.10", bandwidthAim: NO_AIM },
];

/** One sequence from an empty context, beside llama.cpp and beside what memory gives. */
export async function measurePeerDecode({ rounds, quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 8 : 64;
  const folder = await randomQwen3(0);
  using readLoop = new ReadLoop();
  const rows: string[][] = [];
  for (const { weights, aim, bandwidthAim } of ROWS) {
    const file = await peerFileOf(folder, weights);
    using kernels = new KernelProgram(folder, weights.quantization);
    const decode = () => kernelRates(kernels, { batch: 1, promptTokens: 1, answerTokens });
    await decode();
    const bandwidths: Round<number>[] = [];
    const rates = await compare(
      rounds,
      async () => {
        const second = await readLoop.bytesPerSecond();
        const { answer, weightBytes } = await decode();
        bandwidths.push({ first: answer * weightBytes, second });
        return answer;
      },
      () => llamaBench(file, { answerTokens }),
    );
    const bytes = summarize(bandwidths);
    rows.push([
      ...rateRow(weights.name, rates, aim),
      ...[gigabytes(bytes.first), gigabytes(bytes.second), bytes.ratio.toFixed(2), bandwidthAim],
    ]);
  }
  return {
    title: "Decoding one sequence beside llama.cpp",
    method: `${answerTokens} tokens from an empty context, batch-throughput beside llama-bench. Before each turn of LM Lite a plain loop reads 1 GiB on all cores eight times over
(native/backend-cpu/examples/read-bandwidth.rs); the share is that of the weights' bytes of LM Lite. The lower of the two aims counts. ${await peerMethod(rounds)}`,
    head: [...RATE_HEAD, "weights, GB/s", "read loop, GB/s", "share", "or aim"],
    rows,
  };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
