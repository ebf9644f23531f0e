import { closeSync, existsSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type GgufTensor, type GgufTensorType, ggufHeader, paddingAfter } from "./gguf-encoding.ts";
import { qwen3Metadata } from "./qwen3-metadata.ts";
import { readSafetensors, type StoredTensor } from "./safetensors.ts";
import { ggufTensorName } from "./tensor-names.ts";

/** Read and written at once, of a large tensor. */
const CHUNK_BYTES = 32 * 1_024 * 1_024;

/**
 * A folder's bf16 Qwen3 model as a GGUF file beside its weights, made once: matrices with the same bits, and vectors as f32,
 * which holds every bf16 number as it is, since llama.cpp takes no other.
 *
 * @returns The file's path.
 */
export function ggufOf(folder: string): string {
  const path = join(folder, "model.gguf");
  if (existsSync(path)) return path;
  const source = join(folder, "model.safetensors");
  const tensors = readSafetensors(source);
  const partial = `${path}.${process.pid}`;
  const [input, output] = [openSync(source, "r"), openSync(partial, "w")];
  try {
    writeSync(output, ggufHeader(qwen3Metadata(folder), tensors.map(describe)));
    for (const tensor of tensors) copy(input, output, tensor);
  } finally {
    closeSync(input);
    closeSync(output);
  }
  renameSync(partial, path);
  return path;
}

function describe(tensor: StoredTensor): GgufTensor {
  const type = typeOf(tensor);
  return {
    name: ggufTensorName(tensor.name),
    dimensions: tensor.shape.toReversed(),
    type,
    byteLength: type === "F32" ? 2 * tensor.byteLength : tensor.byteLength,
  };
}

function typeOf({ name, dtype, shape }: StoredTensor): GgufTensorType {
  if (dtype !== "BF16") throw new Error(`expected ${name} in BF16, found ${dtype}`);
  return shape.length === 1 ? "F32" : "BF16";
}

function copy(input: number, output: number, tensor: StoredTensor): void {
  const type = typeOf(tensor);
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, tensor.byteLength));
  for (let done = 0; done < tensor.byteLength; ) {
    const length = readSync(
      input,
      chunk,
      0,
      Math.min(chunk.length, tensor.byteLength - done),
      tensor.offset + done,
    );
    const bytes = chunk.subarray(0, length);
    writeSync(output, type === "F32" ? widened(bytes) : bytes);
    done += length;
  }
  const { byteLength } = describe(tensor);
  writeSync(output, Buffer.alloc(paddingAfter(byteLength)));
}

/** bf16 numbers as f32: a bf16 number is the upper half of the f32 number that it stands for. */
export function widened(bytes: Uint8Array): Buffer {
  const wide = Buffer.alloc(2 * bytes.length);
  for (let index = 0; index < bytes.length; index += 2)
    wide.set(bytes.subarray(index, index + 2), 2 * index + 2);
  return wide;
}
