// npm run bench:offerings [-- --rounds 15] [--json]: what choosing among 60,000 offerings costs, beside one sort of the same array.
import { parseArgs } from "node:util";
import { GPUS, type GpuName, type OfferingConstraints, selectOffering } from "@conduit/compute-offerings";
import type { ComputeOffering } from "@conduit/types";
import { median } from "./report/statistics.ts";
import { table } from "./report/table.ts";

const METHOD = `60,000 offerings: every card of the catalogue, one, two, four and eight of it, with prices, regions and counts of their own. In the list "mixed" prices
are in no order; in "varied" they rise and fall, so that a sort is several times cheaper, and links, NUMA nodes, memory, uptime and providers differ, so that there are more kinds of
machines. Models of 0.6, 1.7, 8 and 32 billion parameters and a mixture of 30, each for 8 sequences of 4,096 tokens. A round sorts a copy of the array by price, then selects. Times are
medians over the rounds, in milliseconds, the first two rounds left out. Bound: a selection costs less than 100 sorts.`;

const OFFERINGS = 60_000;
const BOUND = 100;
const WARM_UP = 2;

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`expected --rounds 1 or more, found ${flags.rounds}`);
}

const names = Object.keys(GPUS) as GpuName[];
const mixed: readonly ComputeOffering[] = Array.from({ length: OFFERINGS }, (_, index) => {
  // Steps that share no factor with the lengths reach everything, and leave no order that a sort could use.
  const gpuCount = 2 ** ((index * 7) % 4);
  return {
    id: `offering-${index}`,
    provider: "RUNPOD",
    gpu: names[(index * 7919) % names.length] ?? "L4",
    gpuCount,
    priceMicroDollarsPerHour: (100_000 + ((index * 104_729) % 4_999_999)) * gpuCount,
    spot: index % 2 === 0,
    region: `region-${index % 20}`,
    available: index % 9,
  };
});

/** One of some values by chance, of which every seed has its own. */
function chance<T>(index: number, seed: number, values: readonly T[]): T | undefined {
  const mixture = Math.imul((index * 2_654_435_761 + seed * 40_503) ^ (index >>> 7), 739_982_445) >>> 12;
  return values[mixture % values.length];
}

const varied = Array.from({ length: OFFERINGS }, (_, index): ComputeOffering => {
  const gpu = names[index % names.length] ?? "L4";
  const facts = {
    interconnect: chance(index, 1, [undefined, "PCIE", "NVLINK"] as const),
    numaLocal: chance(index, 2, [undefined, true, false]),
    gpuMemoryBytes: chance(index, 3, [undefined, GPUS[gpu].memoryBytes]),
  };
  return {
    id: `offering-${index}`,
    provider: chance(index, 4, ["RUNPOD", "LOCAL"] as const) ?? "LOCAL",
    gpu,
    gpuCount: 2 ** (Math.floor(index / names.length) % 4),
    priceMicroDollarsPerHour: 100_000 + ((index * 7919) % 5_000_000),
    spot: false,
    enterprise: index % 2 === 0,
    uptimePercent: 90 + (index % 10),
    ...(Object.fromEntries(
      Object.entries(facts).filter(([, fact]) => fact !== undefined),
    ) as Partial<ComputeOffering>),
  };
});

/** Configurations in the layout of Qwen3: hidden width, layers, heads, feed-forward width. */
const SHAPES = {
  "0.6B": [1024, 28, 16, 3072],
  "1.7B": [2048, 28, 16, 6144],
  "8B": [4096, 36, 32, 12_288],
  "32B": [5120, 64, 64, 25_600],
  "30B-A3B": [2048, 48, 32, 6144],
} as const;

const EXPERTS = {
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  num_experts: 128,
  num_experts_per_tok: 8,
  moe_intermediate_size: 768,
};

const models = Object.entries(SHAPES).map(([id, [hidden, layers, heads, width]]) => ({
  id,
  config: {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    hidden_size: hidden,
    intermediate_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 151_936,
    max_position_embeddings: 40_960,
    tie_word_embeddings: hidden < 4096,
    torch_dtype: "bfloat16",
    ...(id === "30B-A3B" ? EXPERTS : {}),
  },
  maxModelLen: 4096,
  maxModelConcurrency: 8,
}));

const WHOLE: OfferingConstraints = {
  minTokensPerSecond: 2000,
  numGpus: 16,
  interconnect: true,
  numaLocal: true,
};

const CASES: readonly (readonly [list: string, models: number, asked: string, OfferingConstraints])[] = [
  ["mixed", 1, "", {}],
  ["mixed", 5, "", {}],
  ["varied", 5, "", {}],
  ["varied", 5, "500 tokens/s", { minTokensPerSecond: 500 }],
  [
    "varied",
    5,
    "500 tokens/s, the first within 500 ms",
    { minTokensPerSecond: 500, maxTimeToFirstTokenMs: 500 },
  ],
  ["varied", 5, "2,000 tokens/s", { minTokensPerSecond: 2000 }],
  ["varied", 5, "2,000 tokens/s on 16 GPUs, linked, on one NUMA node", WHOLE],
];

const rows = CASES.map(([list, count, asked, constraints]) => {
  const workload = { models: models.slice(0, count) };
  const offerings = list === "mixed" ? mixed : varied;
  const sorts: number[] = [];
  const selections: number[] = [];
  let alternatives = 0;
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    const copy = [...offerings];
    const sort = timed(() => copy.sort((a, b) => a.priceMicroDollarsPerHour - b.priceMicroDollarsPerHour));
    const selection = timed(() => {
      alternatives = selectOffering({ workload, offerings, constraints }).alternatives.length;
    });
    if (round < WARM_UP) continue;
    sorts.push(sort);
    selections.push(selection);
  }
  const [sortMs, selectMs] = [median(sorts), median(selections)];
  return { list, models: count, asked, plans: alternatives + 1, sortMs, selectMs, ratio: selectMs / sortMs };
});

if (flags.json) {
  console.log(JSON.stringify({ rounds, offerings: OFFERINGS, rows }));
} else {
  console.log(METHOD);
  console.log();
  console.log(
    table(
      ["list", "models", "asked of every model", "plans", "one sort", "selection", "ratio"],
      rows.map(({ list, models: count, asked, plans, sortMs, selectMs, ratio }) => [
        list,
        String(count),
        asked,
        String(plans),
        sortMs.toFixed(1),
        selectMs.toFixed(1),
        ratio.toFixed(1),
      ]),
    ),
  );
}
if (rows.some(({ ratio }) => ratio >= BOUND)) process.exitCode = 1;

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
