import { median } from "../report/statistics.ts";
import { completeAll, freshPrompt } from "./completions.ts";
import { LineProgram } from "./line-program.ts";
import { serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { pathOf } from "./programs.ts";
import type { MeasureOptions, Section } from "./section.ts";

const BATCHES = [8, 32];
const PROMPT_TOKENS = 64;

/** What the server makes of a batch, beside what the kernels alone do. */
export async function measureThroughput({ rounds, quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 8 : 64;
  const folder = await randomQwen3(0);
  using kernels = new LineProgram(pathOf("BATCH_THROUGHPUT_BIN"), [folder]);
  const rows: string[][] = [];
  for (const batch of quick ? BATCHES.slice(0, 1) : BATCHES) {
    const model = { folder, name: "bench" };
    await using server = await serveLmLite([model], { maxModelLen: 1_024, maxModelConcurrency: batch });
    const ask = async (tokens: number): Promise<number> => {
      const requests = Array.from({ length: batch }, () => ({
        model: model.name,
        prompt: freshPrompt(PROMPT_TOKENS),
        max_tokens: tokens,
        temperature: 0,
      }));
      const answers = await completeAll(server, "completions", requests);
      if (answers.tokens !== batch * tokens) {
        throw new Error(
          `expected ${batch * tokens} tokens, found ${answers.tokens}: an answer has ended early`,
        );
      }
      return answers.tokens / answers.seconds;
    };
    const compute = async (tokens: number): Promise<number> => {
      const task = { batch, prompt_tokens: PROMPT_TOKENS, answer_tokens: tokens };
      const { seconds } = (await kernels.ask(task)) as { seconds: number };
      return (batch * tokens) / seconds;
    };
    // Plans are recorded and memory is touched before anything counts.
    await ask(4);
    await compute(4);
    const served: number[] = [];
    const computed: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const turns = [
        async () => served.push(await ask(answerTokens)),
        async () => computed.push(await compute(answerTokens)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    const ratios = served.map((rate, round) => rate / (computed[round] ?? Number.NaN));
    rows.push([
      `${batch} clients`,
      median(served).toFixed(1),
      median(computed).toFixed(1),
      median(ratios).toFixed(2),
      "0.90",
    ]);
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
