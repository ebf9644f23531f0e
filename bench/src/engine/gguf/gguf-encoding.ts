/** A value of a GGUF file's metadata, with the type that it is written in. */
export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** The innermost dimension first. */
  readonly dimensions: readonly number[];
  readonly type: GgufTensorType;
  readonly byteLength: number;
}

export type GgufTensorType = "F32" | "BF16";

/** Numbers of the types in `gguf-py/gguf/constants.py` of llama.cpp. */
const TENSOR_TYPES = { F32: 0, BF16: 30 } as const;
const INT32 = 5;
const STRING = 8;
const ARRAY = 9;

/** Data of each tensor, and the data as a whole, begin at a multiple of so many bytes. */
const ALIGNMENT = 32;

/** Everything of a GGUF file (version 3) that stands before the data, padded to where the data begins. */
export function ggufHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from("GGUF"), uint32(3), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) parts.push(string(key), encodeValue(value));
  let offset = 0;
  for (const { name, dimensions, type, byteLength } of tensors) {
    parts.push(string(name), uint32(dimensions.length), ...dimensions.map(uint64));
    parts.push(uint32(TENSOR_TYPES[type]), uint64(offset));
    offset += byteLength + paddingAfter(byteLength);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(paddingAfter(header.length))]);
}

/** Bytes from an end to the next place where data may begin. */
export function paddingAfter(byteLength: number): number {
  return (ALIGNMENT - (byteLength % ALIGNMENT)) % ALIGNMENT;
}

function encodeValue(value: GgufValue): Buffer {
  if ("uint32" in value) return Buffer.concat([uint32(4), uint32(value.uint32)]);
  if ("float32" in value) return Buffer.concat([uint32(6), float32(value.float32)]);
  if ("bool" in value) return Buffer.concat([uint32(7), Buffer.from([value.bool ? 1 : 0])]);
  if ("string" in value) return Buffer.concat([uint32(STRING), string(value.string)]);
  if ("strings" in value) return array(STRING, value.strings.map(string));
  return array(INT32, value.int32s.map(int32));
}

function array(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(ARRAY), uint32(type), uint64(items.length), ...items]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
