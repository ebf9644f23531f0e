import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "./programs.ts";
import { runProgram } from "./run-program.ts";

/**
 * A model of Qwen3-0.6B's shape with random bf16 weights and the tokenizer of Qwen3, 1.2 GB. It is made once and kept in the
 * cache folder: what is measured does not depend on the weights, as long as all contenders have the same.
 *
 * @returns Its Hugging Face folder.
 */
export async function randomQwen3(seed: number): Promise<string> {
  const flags = ["--seed", String(seed), "--qwen3-0-6b", pathOf("QWEN3_TOKENIZER")];
  return await madeOnce(`random-qwen3-0.6b-${seed}`, flags);
}

/**
 * Four layers of 128 features with the tokenizer of {@link randomQwen3}: nearly all of the time that it takes to load is its
 * tokenizer's.
 *
 * @returns Its Hugging Face folder.
 */
export async function smallQwen3(): Promise<string> {
  return await madeOnce("random-small-qwen3", ["--tokenizer", pathOf("QWEN3_TOKENIZER")]);
}

/** A format in which publishers quantise. */
export type PublishedFormat = "fp8" | "gptq" | "awq";

/**
 * The layers of Qwen3-0.6B's shape with random weights and a small vocabulary, so that nearly all that a step reads is in the format;
 * without one in bf16, 0.9 GB.
 *
 * @returns Its Hugging Face folder.
 */
export async function qwen3Layers(format: PublishedFormat | undefined): Promise<string> {
  const flags = format === undefined ? [] : ["--format", format];
  return await madeOnce(`random-qwen3-layers-${format ?? "bf16"}`, ["--qwen3-0-6b-layers", ...flags]);
}

async function madeOnce(name: string, flags: readonly string[]): Promise<string> {
  const models = join(pathOf("CONDUIT_CACHE"), "bench-models");
  const folder = join(models, name);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Making a random model in ${folder} ...\n`);
  mkdirSync(models, { recursive: true });
  await runProgram(pathOf("MAKE_RANDOM_MODEL_BIN"), [folder, ...flags]);
  return folder;
}
