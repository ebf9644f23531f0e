import type { BatchJob } from "../kernel-program.ts";
import { llamaCpp, threadFlags } from "../llama-cpp.ts";
import { runProgram } from "../run-program.ts";

/** Tokens to which llama.cpp rounds up the room of a sequence. */
const ROOM_TOKENS = 256;

/** Tokens in a second, of prompts and of answers. */
export interface Rates {
  readonly prompt: number;
  readonly answer: number;
}

/** A prompt alone or an answer from an empty context, by llama-bench; tokens in a second. */
export async function llamaBench(
  file: string,
  job: { readonly promptTokens: number } | { readonly answerTokens: number },
): Promise<number> {
  const { bench } = await llamaCpp();
  const tokens =
    "promptTokens" in job
      ? ["-p", `${job.promptTokens}`, "-n", "0"]
      : ["-p", "0", "-n", `${job.answerTokens}`];
  const output = await runProgram(bench, ["-m", file, ...tokens, "-r", "1", "-o", "json", ...threadFlags]);
  const [result] = JSON.parse(output) as { avg_ts: number }[];
  if (result === undefined) throw new Error(`expected a result of llama-bench, found ${output}`);
  return result.avg_ts;
}

/** Prompts of a batch and then an answer to each, by llama-batched-bench. */
export async function llamaBatchedBench(
  file: string,
  { batch, promptTokens, answerTokens }: BatchJob,
): Promise<Rates> {
  const { batchedBench } = await llamaCpp();
  const room = ROOM_TOKENS * Math.ceil((promptTokens + answerTokens) / ROOM_TOKENS);
  const output = await runProgram(batchedBench, [
    ...["-m", file, "-npp", `${promptTokens}`, "-ntg", `${answerTokens}`, "-npl", `${batch}`],
    ...["-c", `${batch * room}`, "--output-format", "jsonl", ...threadFlags],
  ]);
  const line = output.split("\n").find((line) => line.startsWith("{"));
  if (line === undefined) throw new Error(`expected a result of llama-batched-bench, found ${output}`);
  const { speed_pp, speed_tg } = JSON.parse(line) as { speed_pp: number; speed_tg: number };
  return { prompt: speed_pp, answer: speed_tg };
}
