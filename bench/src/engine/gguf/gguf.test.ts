import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ggufOf, widened } from "./gguf-of.ts";

const CONFIG = {
  ...{ vocab_size: 4, num_hidden_layers: 1, max_position_embeddings: 64, hidden_size: 3 },
  ...{ intermediate_size: 4, num_attention_heads: 1, num_key_value_heads: 1, head_dim: 2 },
  ...{ rms_norm_eps: 1e-6, rope_theta: 1e6, bos_token_id: 2, eos_token_id: 2 },
};
const TOKENIZER = {
  model: { vocab: { a: 0, b: 1 }, merges: [["a", "b"]] },
  added_tokens: [{ id: 2, content: "<|im_end|>", special: true }],
};
const TENSORS = { "model.norm.weight": [3], "model.embed_tokens.weight": [4, 3] };

test("a GGUF file has the bits of the safetensors file", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gguf-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
  write("config.json", CONFIG);
  write("tokenizer.json", TOKENIZER);
  write("tokenizer_config.json", { chat_template: "{{ messages }}" });
  const norm = Buffer.from([0x80, 0x3f, 0x00, 0xc0, 0x49, 0x40]);
  const embedding = Buffer.from(Array.from({ length: 24 }, (_, index) => 16 + index));
  writeFileSync(join(folder, "model.safetensors"), safetensors([norm, embedding]));

  const file = readFileSync(ggufOf(folder));
  assert.equal(file.toString("latin1", 0, 4), "GGUF");
  assert.equal(file.readUInt32LE(4), 3);
  assert.equal(file.readBigUInt64LE(8), 2n);
  const place = file.indexOf("output_norm.weight") + "output_norm.weight".length;
  assert.deepEqual([file.readUInt32LE(place), file.readBigUInt64LE(place + 4)], [1, 3n]);
  const after = file.indexOf("token_embd.weight") + "token_embd.weight".length;
  assert.deepEqual([file.readBigUInt64LE(after + 4), file.readBigUInt64LE(after + 12)], [3n, 4n]);
  assert.equal(file.readUInt32LE(after + 20), 30);
  const embeddingOffset = Number(file.readBigUInt64LE(after + 24));
  assert.equal(embeddingOffset, 32);
  const data = file.length - 64;
  assert.equal(data % 32, 0);
  assert.deepEqual(
    [0, 4, 8].map((byte) => file.readFloatLE(data + byte)),
    [1, -2, 3.140625],
  );
  assert.deepEqual(file.subarray(data + embeddingOffset, data + embeddingOffset + 24), embedding);
  assert.ok(file.includes("[PAD3]") && file.includes("a b"));
});

test("f32 holds every bf16 number as it is", () => {
  assert.deepEqual([...widened(Buffer.from([1, 2, 3, 4]))], [0, 0, 1, 2, 0, 0, 3, 4]);
});

function safetensors(data: readonly Buffer[]): Buffer {
  let end = 0;
  const header: Record<string, object> = {};
  for (const [index, [name, shape]] of Object.entries(TENSORS).entries()) {
    const begin = end;
    end += data[index]?.length ?? 0;
    header[name] = { dtype: "BF16", shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...data]);
}
