import { KernelProgram } from "./kernel-program.ts";
import type { Quantization } from "./lm-lite.ts";
import { type PublishedFormat, qwen3Layers } from "./models.ts";
import { kernelRates } from "./peer/kernel-rates.ts";
import { compare } from "./rounds.ts";
import type { MeasureOptions, Section } from "./section.ts";

const PAIRS: readonly { format: PublishedFormat; beside: Quantization }[] = [
  { format: "fp8", beside: "int8" },
  { format: "gptq", beside: "int4" },
  { format: "awq", beside: "int4" },
];
const BATCHES = [1, 8];

/** Checkpoints that their publisher quantised beside what LM Lite makes of bf16 itself. */
export async function measurePrequantized({ rounds, quick }: MeasureOptions): Promise<Section> {
  const promptTokens = quick ? 64 : 512;
  const answerTokens = quick ? 4 : 48;
  const own = await qwen3Layers(undefined);
  const rows: string[][] = [];
  for (const { format, beside } of PAIRS) {
    using theirs = new KernelProgram(await qwen3Layers(format), undefined);
    using ours = new KernelProgram(own, beside);
    const bytesOf = async (kernels: KernelProgram) =>
      (await kernels.run({ batch: 1, promptTokens: 1, answerTokens: 2 })).weightBytes;
    const bytes = { theirs: await bytesOf(theirs), ours: await bytesOf(ours) };
    const perByte = bytes.theirs / bytes.ours;
    const row = (what: string, rates: { first: number; second: number; ratio: number }, aim: string) => [
      `${format} beside ${beside}, ${what}`,
      (bytes.theirs / 1e6).toFixed(0),
      (bytes.ours / 1e6).toFixed(0),
      rates.first.toFixed(1),
      rates.second.toFixed(1),
      rates.ratio.toFixed(2),
      (rates.ratio * perByte).toFixed(2),
      aim,
    ];
    for (const batch of BATCHES) {
      const job = { batch, promptTokens: 16, answerTokens };
      const answer = (kernels: KernelProgram) => async () => (await kernelRates(kernels, job)).answer;
      await answer(theirs)();
      await answer(ours)();
      const rates = await compare(rounds, answer(theirs), answer(ours));
      rows.push(row(`${batch} ${batch === 1 ? "sequence" : "sequences"}`, rates, batch === 1 ? "0.80" : "–"));
    }
    const prompt = (kernels: KernelProgram) => async () =>
      promptTokens / (await kernels.run({ batch: 1, promptTokens, answerTokens: 1 })).promptSeconds;
    rows.push(row(`prompt of ${promptTokens}`, await compare(rounds, prompt(theirs), prompt(ours)), "–"));
  }
  return {
    title: "Checkpoints that are quantised beside our own quantisation",
    method: `Layers of Qwen3-0.6B's shape with random weights and a small vocabulary, as a publisher stores them (FP8 in blocks of 128x128, four bits in groups of 128) and as LM Lite quantises bf16; batch-throughput, as
many threads as cores, answers of ${answerTokens} tokens. The aim is for the ratio at the same bytes: that of the weights' bytes read in a second. Turns; medians of ${rounds} rounds, ratios of the rounds' ratios.`,
    head: ["", "MB", "own MB", "tokens/s", "own tokens/s", "ratio", "at the same bytes", "aim"],
    rows,
  };
}
