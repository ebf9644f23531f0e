import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ggufOf } from "../gguf/gguf-of.ts";
import { llamaCpp } from "../llama-cpp.ts";
import type { Quantization } from "../lm-lite.ts";
import { runProgram } from "../run-program.ts";

/** A format of LM Lite's weights and the one of llama.cpp that is closest to it. */
export type PeerWeights =
  | { readonly name: "bf16"; readonly quantization: undefined }
  | { readonly name: string; readonly quantization: Quantization; readonly peerFormat: "Q8_0" | "Q4_0" };

export const BF16: PeerWeights = { name: "bf16", quantization: undefined };
export const INT8: PeerWeights = { name: "int8 beside Q8_0", quantization: "int8", peerFormat: "Q8_0" };
export const INT4: PeerWeights = { name: "int4 beside Q4_0", quantization: "int4", peerFormat: "Q4_0" };

/**
 * The folder's weights as llama.cpp has them. What it quantises itself is made once, by its own choice for each tensor, and
 * kept beside them.
 *
 * @returns The path of a GGUF file.
 */
export async function peerFileOf(folder: string, weights: PeerWeights): Promise<string> {
  const file = ggufOf(folder);
  if (weights.quantization === undefined) return file;
  const path = join(folder, `model-${weights.peerFormat}.gguf`);
  if (existsSync(path)) return path;
  const { quantize } = await llamaCpp();
  const partial = `${path}.${process.pid}`;
  await runProgram(quantize, [file, partial, weights.peerFormat]);
  renameSync(partial, path);
  return path;
}
