import { completionRate } from "./completions.ts";
import { ggufOf } from "./gguf/gguf-of.ts";
import { KernelProgram } from "./kernel-program.ts";
import { llamaCpp, serveLlama, threadFlags } from "./llama-cpp.ts";
import { serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { type Comparison, compare } from "./rounds.ts";
import { runProgram } from "./run-program.ts";
import type { MeasureOptions, Section } from "./section.ts";

const CLIENTS = 8;
const MAX_MODEL_LEN = 1_024;
/** Of the prompt that is computed alone: as many as LM Lite takes in one step. */
const PREFILL_TOKENS = 256;

/** Kernels and server beside those of llama.cpp, bf16. */
export async function measurePeer({ rounds, quick }: MeasureOptions): Promise<Section> {
  const decodeTokens = quick ? 8 : 64;
  const folder = await randomQwen3(0);
  const file = ggufOf(folder);
  const peer = await llamaCpp();
  using kernels = new KernelProgram(folder);
  const bench = async (prompt: number, answer: number): Promise<number> => {
    const flags = [
      "-m",
      file,
      "-p",
      String(prompt),
      "-n",
      String(answer),
      "-r",
      "1",
      "-o",
      "json",
      ...threadFlags,
    ];
    const [result] = JSON.parse(await runProgram(peer.bench, flags)) as { avg_ts: number }[];
    return result?.avg_ts ?? Number.NaN;
  };
  const decode = async () => {
    const job = { batch: 1, promptTokens: 1, answerTokens: decodeTokens + 1 };
    const { seconds, promptSeconds } = await kernels.run(job);
    return decodeTokens / (seconds - promptSeconds);
  };
  const prefill = async () => {
    const job = { batch: 1, promptTokens: PREFILL_TOKENS, answerTokens: 1 };
    return PREFILL_TOKENS / (await kernels.run(job)).seconds;
  };
  await prefill();
  const rows = [
    row("decode, one sequence", await compare(rounds, decode, () => bench(0, decodeTokens)), "1.10"),
    row(
      `prompt of ${PREFILL_TOKENS}`,
      await compare(rounds, prefill, () => bench(PREFILL_TOKENS, 0)),
      "1.00",
    ),
  ];
  await using ours = await serveLmLite([{ folder, name: "bench" }], {
    maxModelLen: MAX_MODEL_LEN,
    maxModelConcurrency: CLIENTS,
  });
  await using theirs = await serveLlama(file, { sequences: CLIENTS, maxModelLen: MAX_MODEL_LEN });
  const job = { batch: CLIENTS, promptTokens: quick ? 30 : 300, answerTokens: quick ? 4 : 48 };
  const serve = async () => await completionRate(ours, "bench", job);
  const peerServe = async () => await completionRate(theirs, "bench", job);
  await serve();
  await peerServe();
  rows.push(row(`server, ${CLIENTS} clients`, await compare(rounds, serve, peerServe), "1.10"));
  return {
    title: "Beside llama.cpp",
    method: `The same random bf16 weights, as many threads as cores; turns, medians of ${rounds} rounds, ratios of the rounds' ratios. One sequence and prompt: batch-throughput beside llama-bench.
Servers: ${CLIENTS} clients with prompts of ${job.promptTokens} tokens and ${job.answerTokens} tokens of answer, prompts included in the time. llama.cpp ${peer.version}, ${peer.compiler}, GGML_NATIVE.`,
    head: ["", "LM Lite, tokens/s", "llama.cpp, tokens/s", "ratio", "aim"],
    rows,
  };
}

function row(name: string, { first, second, ratio }: Comparison, aim: string): string[] {
  return [name, first.toFixed(1), second.toFixed(1), ratio.toFixed(2), aim];
}
