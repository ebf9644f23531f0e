import assert from "node:assert/strict";
import { test } from "node:test";
import type { WeightScheme } from "./model-shape.ts";
import { matrixBytes } from "./weight-scheme.ts";

/** Each counted by hand for a matrix of 256 rows and 384 columns, 98,304 values. */
const CASES: readonly (readonly [string, WeightScheme, number])[] = [
  ["bfloat16", { kind: "plain", bytesPerValue: 2 }, 196608],
  [
    "FP8, a 32-bit scale per block of 128 x 128",
    { kind: "fp8", block: [128, 128], scaleBytes: 4 },
    98304 + 2 * 3 * 4,
  ],
  ["FP8, a 16-bit scale per row", { kind: "fp8", scaleBytes: 2 }, 98304 + 256 * 2],
  ["int8, a 32-bit scale per row", { kind: "int8" }, 98304 + 256 * 4],
  [
    "AWQ, groups of 128 with scales and zero points",
    { kind: "int4", format: "awq", groupSize: 128, zeroPoints: true, actOrder: false },
    49152 + 256 * 3 * 2 + (256 * 3) / 2,
  ],
  [
    "GPTQ, the group of each column besides",
    { kind: "int4", format: "gptq", groupSize: 128, zeroPoints: true, actOrder: true },
    49152 + 256 * 3 * 2 + (256 * 3) / 2 + 384 * 4,
  ],
  [
    "compressed-tensors, symmetric groups of 32",
    { kind: "int4", format: "packed", groupSize: 32, zeroPoints: false, actOrder: false },
    49152 + 256 * 12 * 2,
  ],
  [
    "int8 in groups of 32",
    { kind: "int8", format: "g32", groupSize: 32, zeroPoints: false, actOrder: false },
    98304 + 256 * 12 * 2,
  ],
  ["NF4, doubly quantised", { kind: "nf4", blockSize: 64 }, 49152 + 1536 * (1 + 4 / 256)],
  ["MXFP4, a byte per 32 values", { kind: "mxfp4" }, 49152 + 256 * 12],
  ["NVFP4, a byte per 16 values and two scales for all", { kind: "nvfp4" }, 49152 + 256 * 24 + 8],
];

for (const [name, scheme, bytes] of CASES) {
  test(name, () => assert.equal(matrixBytes(scheme, 256, 384), bytes));
}

test("blocks at the edge of a matrix have their own scale", () => {
  assert.equal(
    matrixBytes({ kind: "fp8", block: [128, 128], scaleBytes: 4 }, 129, 257),
    129 * 257 + 2 * 3 * 4,
  );
});
