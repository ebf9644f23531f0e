import type { WeightModule, WeightScheme } from "./model-shape.ts";

/** Bytes of one matrix of `rows` times `columns`, scales and zero points included. */
export function matrixBytes(scheme: WeightScheme, rows: number, columns: number): number {
  const values = rows * columns;
  switch (scheme.kind) {
    case "plain":
      return values * scheme.bytesPerValue;
    case "fp8": {
      // Without blocks there is one scale per row of output, as compressed-tensors and vLLM's own quantisation write them.
      const [blockRows, blockColumns] = scheme.block ?? [1, columns];
      return values + Math.ceil(rows / blockRows) * Math.ceil(columns / blockColumns) * scheme.scaleBytes;
    }
    case "int8":
    case "int4": {
      // One scale per row.
      if (scheme.format === undefined) return values + rows * 4;
      const groups = Math.ceil(columns / Math.min(scheme.groupSize, columns)) * rows;
      const zeroPoints = scheme.zeroPoints ? groups / 2 : 0;
      // GPTQ names the group of every column, in 32 bits.
      const groupIndex = scheme.actOrder ? columns * 4 : 0;
      return values / (scheme.kind === "int4" ? 2 : 1) + groups * 2 + zeroPoints + groupIndex;
    }
    case "nf4":
      // Double quantisation: 8-bit scales in blocks of 256 that share a 32-bit one.
      return values / 2 + (values / scheme.blockSize) * (1 + 4 / 256);
    case "mxfp4":
      return values / 2 + rows * Math.ceil(columns / 32);
    case "nvfp4":
      return values / 2 + rows * Math.ceil(columns / 16) + 8;
  }
}

/** Name of a scheme as users and GPUs know it. */
export function schemeName(scheme: WeightScheme): string {
  if (!("format" in scheme) || scheme.format === "packed") return scheme.kind;
  return `${scheme.kind}-${scheme.format}`;
}

/** Bytes of a module, all its copies. */
export function moduleBytes(module: WeightModule): number {
  return module.copies * matrixBytes(module.scheme, module.rows, module.columns);
}

/** Parameters of a module, all its copies. */
export function moduleParameters(module: WeightModule): number {
  return module.copies * module.rows * module.columns;
}
