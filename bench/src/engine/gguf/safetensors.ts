import { closeSync, openSync, readSync } from "node:fs";

/** A tensor of a safetensors file. */
export interface StoredTensor {
  readonly name: string;
  /** As `BF16`. */
  readonly dtype: string;
  /** Row by row, the innermost dimension last. */
  readonly shape: readonly number[];
  /** Where its bytes begin in the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** The tensors of a safetensors file, in the order of their bytes. */
export function readSafetensors(path: string): readonly StoredTensor[] {
  const file = openSync(path, "r");
  try {
    const prefix = Buffer.alloc(8);
    readSync(file, prefix, 0, 8, 0);
    const headerLength = Number(prefix.readBigUInt64LE());
    const header = Buffer.alloc(headerLength);
    readSync(file, header, 0, headerLength, 8);
    const { __metadata__: _, ...tensors } = JSON.parse(header.toString("utf8")) as Record<string, Entry>;
    return Object.entries(tensors)
      .map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [begin, end],
          },
        ]) => {
          return { name, dtype, shape, offset: 8 + headerLength + begin, byteLength: end - begin };
        },
      )
      .sort((a, b) => a.offset - b.offset);
  } finally {
    closeSync(file);
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}
