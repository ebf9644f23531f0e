import { llamaCpp } from "../llama-cpp.ts";
import type { Comparison } from "../rounds.ts";

/** Columns of {@link rateRow}. */
export const RATE_HEAD = ["", "LM Lite, tokens/s", "llama.cpp, tokens/s", "ratio", "aim"] as const;

/** For a row that no aim is set for. */
export const NO_AIM = "–";

export function rateRow(name: string, { first, second, ratio }: Comparison, aim: string): string[] {
  return [name, first.toFixed(1), second.toFixed(1), ratio.toFixed(2), aim];
}

/** Which llama.cpp is beside LM Lite. */
export async function peerVersion(): Promise<string> {
  const { version, compiler } = await llamaCpp();
  return `llama.cpp ${version}, ${compiler}, GGML_NATIVE.`;
}

/** How rates are compared with those of llama.cpp. */
export async function peerMethod(rounds: number): Promise<string> {
  return `The same random weights of Qwen3-0.6B's shape, as many threads as cores; turns, medians of ${rounds} rounds, ratios of the rounds' ratios. What llama.cpp has as Q8_0 and Q4_0 its own
llama-quantize made of the bf16 weights by its defaults, which keep the table of tokens, also the head, of Q4_0 at Q6_K. ${await peerVersion()}`;
}
