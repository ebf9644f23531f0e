import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compareRun, runsTable } from "../testing/compare-runs.ts";
import { MEASURED_RUNS } from "../testing/measured-runs.ts";

/** How far an estimate may be from what was measured. */
const BARS = { weights: 0.01, kvTokens: 0.03, total: 0.08 } as const;

describe("the estimate for vLLM, beside what vLLM reported", () => {
  for (const run of MEASURED_RUNS) {
    test(`${run.model}, vLLM ${run.vllm}, ${run.gpus} GPUs`, () => {
      const compared = compareRun(run);
      assert.equal(
        compared.total === undefined,
        run.notComparable !== undefined,
        "what lacks a figure says so",
      );
      for (const [figure, bar] of Object.entries(BARS)) {
        const error = compared[figure as keyof typeof BARS]?.error ?? 0;
        assert.ok(Math.abs(error) <= bar, `${figure} is ${(error * 100).toFixed(2)} % off`);
      }
    });
  }
});

test("docs/benchmarks.md shows what the estimate says now", () => {
  const docs = readFileSync(new URL("../../../../docs/benchmarks.md", import.meta.url), "utf8");
  const table = runsTable(MEASURED_RUNS);
  assert.ok(docs.includes(table), `The table of measured runs in docs/benchmarks.md should read:\n${table}`);
});

const data = process.env.CONDUIT_TEST_DATA;
const file = data === undefined ? undefined : join(data, "vram_measured.csv");
const skip =
  file !== undefined && existsSync(file) ? false : "CONDUIT_TEST_DATA names no folder with vram_measured.csv";

test("no measured row of the test material is left out", { skip }, () => {
  const [header = "", ...rows] = readFileSync(file ?? "", "utf8")
    .trim()
    .split("\n");
  const columns = header.split(",");
  for (const row of rows) {
    const cells = row.split(",");
    const cell = (name: string) => cells[columns.indexOf(name)] ?? "";
    const known = MEASURED_RUNS.some(
      (run) =>
        run.model.startsWith(cell("model")) &&
        run.vllm === cell("vllm") &&
        (cell("tp") === "" || run.gpus === Number(cell("tp"))) &&
        (cell("weights_gib") === "" || run.weightsGib === Number(cell("weights_gib"))) &&
        (cell("kv_tokens") === "" || run.kvTokens === Number(cell("kv_tokens"))),
    );
    assert.ok(known, row);
  }
});
