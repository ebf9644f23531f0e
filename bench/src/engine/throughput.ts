import { completionRate } from "./completions.ts";
import { KernelProgram } from "./kernel-program.ts";
import { serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { compare } from "./rounds.ts";
import type { MeasureOptions, Section } from "./section.ts";

const BATCHES = [8, 32];
const PROMPT_TOKENS = 64;

/** What the server makes of a batch, beside what the kernels alone do. */
export async function measureThroughput({ rounds, quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 8 : 64;
  const folder = await randomQwen3(0);
  using kernels = new KernelProgram(folder);
  const rows: string[][] = [];
  for (const batch of quick ? BATCHES.slice(0, 1) : BATCHES) {
    await using server = await serveLmLite([{ folder, name: "bench" }], {
      maxModelLen: 1_024,
      maxModelConcurrency: batch,
    });
    const job = { batch, promptTokens: PROMPT_TOKENS, answerTokens };
    const serve = (answerTokens: number) => completionRate(server, "bench", { ...job, answerTokens });
    const compute = async (answerTokens: number) => {
      const { seconds } = await kernels.run({ ...job, answerTokens });
      return (batch * answerTokens) / seconds;
    };
    // Plans are recorded and memory is touched before anything counts.
    await serve(4);
    await compute(4);
    const { first, second, ratio } = await compare(
      rounds,
      () => serve(answerTokens),
      () => compute(answerTokens),
    );
    rows.push([`${batch} clients`, first.toFixed(1), second.toFixed(1), ratio.toFixed(2), "0.90"]);
  }
  return {
    title: "Throughput of the server beside its kernels",
    method: `Each client sends a prompt of its own of ${PROMPT_TOKENS} tokens and gets ${answerTokens} tokens, greedily. "Kernels" are the same prompts and steps at a constant batch in a program without
scheduler, text and HTTP (native/models/examples/batch-throughput.rs). Tokens of answers by the time from the first request to the end of the last answer, prompts included. Both
take turns; the ratio is the median of the ${rounds} rounds' ratios, the rates are medians.`,
    head: ["", "server, tokens/s", "kernels, tokens/s", "ratio", "aim"],
    rows,
  };
}
