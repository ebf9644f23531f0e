import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComputeOffering, RuntimePlanningProfile } from "@conduit/types";
import { GPUS, type GpuName } from "../catalogue/gpus.ts";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import { selectOffering } from "./select-offering.ts";

const names = Object.keys(GPUS) as GpuName[];

const models = [8, 12, 16, 24, 44].map((layers, index) => ({
  id: `model-${index}`,
  config: denseConfig(layers, 4096, 8),
  maxModelLen: 4096,
  maxModelConcurrency: 8,
}));

/** Every card of the catalogue one, two, four and eight times, over and over, each with facts of its own. */
function listOf(count: number): readonly ComputeOffering[] {
  return Array.from({ length: count }, (_, index) =>
    offer(
      names[index % names.length] ?? "L4",
      2 ** (Math.floor(index / names.length) % 4),
      (index % 997) / 100,
      {
        id: `offering-${index}`,
        region: `region-${index % 20}`,
        available: index % 9,
      },
    ),
  );
}

/** How often a selection asks the runtime about memory and formats: once for each model, kind of device and way to lie there. */
function questionsFor(offerings: readonly ComputeOffering[]): {
  readonly memory: number;
  readonly answers: number;
} {
  let memory = 0;
  const runtime: RuntimePlanningProfile = {
    ...TEST_RUNTIME,
    overheadBytes(context) {
      memory += 1;
      return TEST_RUNTIME.overheadBytes(context);
    },
  };
  const { alternatives, rejected } = selectOffering({ workload: { models, runtime }, offerings });
  return { memory, answers: 1 + alternatives.length + rejected.length };
}

test("60,000 offerings of five models take no more estimates than one offering of each kind", () => {
  const kinds = questionsFor(listOf(4 * names.length));
  const all = questionsFor(listOf(60_000));
  assert.equal(all.answers, 60_000);
  assert.equal(all.memory, kinds.memory);
  assert.ok(kinds.memory < 50_000, String(kinds.memory));
});
