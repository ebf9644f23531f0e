import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { GPU_SOURCES } from "./gpu-sources.ts";
import { GPUS, type GpuName } from "./gpus.ts";
import { resolveGpu } from "./resolve-gpu.ts";

/** The list that Conduit's Python edition publishes. */
const PUBLISHED =
  "B200 RTX_3090 RTX_4090 A40 RTX_A5000 RTX_A4500 RTX_A6000 L40S L4 H100_80GB_HBM3 RTX_4000_ADA A100_80GB_PCIE A100_SXM4_80GB RTX_A4000 RTX_6000_ADA RTX_2000_ADA H200 L40 H100_NVL H100_PCIE RTX_3080_TI RTX_3080 RTX_3070 V100_PCIE_16GB MI300X_OAM RTX_A2000 V100_FHHL_16GB RTX_4080_SUPER V100_SXM2_16GB RTX_4070_TI V100_SXM2_32GB RTX_4000_SFF_ADA RTX_5000_ADA RTX_5090 A30 RTX_4080 RTX_5080 RTX_3090_TI".split(
    " ",
  );

const rows = Object.values(GPUS);
const GIB = 2 ** 30;

describe("the catalogue of GPUs", () => {
  test("has every name of the published list", () => {
    assert.equal(PUBLISHED.length, 38);
    assert.deepEqual(
      PUBLISHED.filter((name) => !(name in GPUS)),
      [],
    );
  });

  for (const gpu of rows) {
    test(`has plausible facts of ${gpu.name}, each with its source`, () => {
      assert.ok(gpu.usableMemoryBytes < gpu.memoryBytes);
      assert.ok(gpu.usableMemoryBytes > 0.92 * gpu.memoryBytes);
      assert.ok(gpu.bandwidthBytesPerSecond > 1e11 && gpu.bandwidthBytesPerSecond < 1e13);
      const { fp16 = 0, bf16, int8, fp8, fp4 } = gpu.denseFlopsPerSecond;
      assert.ok(fp16 > 1e13 && fp16 < 3e15);
      // BF16 from Ampere, FP8 from Ada, FP4 from Blackwell.
      assert.equal(bf16 !== undefined, gpu.architecture !== "VOLTA");
      assert.equal(int8, bf16 && bf16 * (gpu.grade === "CONSUMER" ? 4 : 2));
      assert.equal(fp8 !== undefined, !["VOLTA", "AMPERE"].includes(gpu.architecture));
      assert.equal(fp4 !== undefined, gpu.architecture === "BLACKWELL");
      assert.ok(fp8 === undefined || Math.abs(fp8 / fp16 - 2) < 0.05);
      assert.equal(gpu.linkBytesPerSecond > 0, gpu.link !== "NONE");
      assert.ok(gpu.link === "NONE" || gpu.linkBytesPerSecond > gpu.pcieBytesPerSecond);
      for (const [fact, sources] of Object.entries(GPU_SOURCES[gpu.name])) {
        assert.ok(sources.length > 0, fact);
        assert.ok(
          sources.every((source) => source.length > 10),
          fact,
        );
      }
    });
  }

  test("holds plans to what programs find, not to the name on the box", () => {
    assert.equal((GPUS.H100_80GB_HBM3.usableMemoryBytes / GIB).toFixed(2), "79.19");
    assert.equal((GPUS.L40S.usableMemoryBytes / GIB).toFixed(1), "45.0");
    assert.equal((GPUS.B200.usableMemoryBytes / GIB).toFixed(2), "178.36");
  });

  test("gives PCIe and SXM cards of one name their own bandwidth", () => {
    assert.equal(GPUS.A100_80GB_PCIE.bandwidthBytesPerSecond, 1.935e12);
    assert.equal(GPUS.A100_SXM4_80GB.bandwidthBytesPerSecond, 2.039e12);
  });
});

describe("resolving a GPU's name", () => {
  const folder = process.env.CONDUIT_TEST_DATA;
  for (const gpu of rows) {
    test(`${gpu.runpodId} is ${gpu.name}`, () => {
      assert.equal(resolveGpu(gpu.runpodId), gpu.name);
      assert.equal(resolveGpu(gpu.name), gpu.name);
      assert.equal(resolveGpu(gpu.runpodId.toLowerCase()), gpu.name);
    });
  }

  const written: Readonly<Record<string, GpuName | undefined>> = {
    "RTX 4000 Ada": "RTX_4000_ADA",
    "RTX A4000": "RTX_A4000",
    "NVIDIA RTX 4000 SFF Ada Generation": "RTX_4000_SFF_ADA",
    "H100 SXM": "H100_80GB_HBM3",
    "NVIDIA H100 80GB HBM3": "H100_80GB_HBM3",
    "NVIDIA H100 NVL": "H100_NVL",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": "RTX_PRO_6000_BLACKWELL_MAX_Q",
    "GeForce RTX 3090": "RTX_3090",
    "NVIDIA  RTX A4500": "RTX_A4500",
    "Tesla V100-SXM2-32GB": "V100_SXM2_32GB",
    H100: undefined,
    "NVIDIA A100-SXM4-40GB": undefined,
    "NVIDIA A100-PCIE-40GB": undefined,
    "NVIDIA RTX A2000": "RTX_A2000",
    "NVIDIA RTX A2000 12GB": undefined,
    "Tesla T4": undefined,
    "": undefined,
  };
  for (const [name, expected] of Object.entries(written)) {
    test(`${JSON.stringify(name)} is ${expected ?? "no row"}`, () =>
      assert.equal(resolveGpu(name), expected));
  }

  test("the table of test material has the same facts", {
    skip: folder === undefined && "CONDUIT_TEST_DATA is not set",
  }, () => {
    const [, ...lines] = readFileSync(join(folder ?? "", "gpus.csv"), "utf8")
      .trim()
      .split("\n");
    for (const line of lines) {
      const [, runpodId = "", gib, , gigabytesPerSecond, bf16, fp8] = line.split(",");
      const gpu = GPUS[resolveGpu(runpodId) ?? assert.fail(runpodId)];
      assert.equal(gpu.memoryBytes / GIB, Number(gib), runpodId);
      const bandwidth = gpu.bandwidthBytesPerSecond / 1e9;
      assert.ok(Math.abs(bandwidth / Number(gigabytesPerSecond) - 1) < 0.005, `${runpodId}: ${bandwidth}`);
      if (bf16) assert.equal((gpu.denseFlopsPerSecond.bf16 ?? 0) / 1e12, Number(bf16), runpodId);
      if (fp8) assert.equal((gpu.denseFlopsPerSecond.fp8 ?? 0) / 1e12, Number(fp8), runpodId);
    }
    assert.equal(lines.length, 41);
  });
});
