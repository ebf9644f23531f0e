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
  const maker = pathOf("MAKE_RANDOM_MODEL_BIN");
  const models = join(pathOf("CONDUIT_CACHE"), "bench-models");
  const folder = join(models, `random-qwen3-0.6b-${seed}`);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Making a random model in ${folder} ...\n`);
  mkdirSync(models, { recursive: true });
  await runProgram(maker, [folder, "--seed", String(seed), "--qwen3-0-6b", pathOf("QWEN3_TOKENIZER")]);
  return folder;
}
