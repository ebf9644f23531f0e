import type { RuntimePlanningProfile } from "@conduit/types";
import { GIB } from "../bytes.ts";
import type { ModelShape } from "../model/model-shape.ts";
import type { VramEstimate } from "./vram-estimate.ts";
import type { WeightsPerGpu } from "./weights-per-gpu.ts";

interface Explained {
  readonly shape: ModelShape;
  readonly figures: Omit<VramEstimate, "explain">;
  readonly weights: WeightsPerGpu;
  readonly kvDtype: string;
  readonly perSequence: number;
  readonly maxModelLen: number;
  readonly maxModelConcurrency: number;
  readonly tensorParallel: number;
  readonly runtime: RuntimePlanningProfile;
}

/** One line per figure: what it is, how much, and how it came about. */
export function explainVram(explained: Explained): string {
  const { shape, figures, tensorParallel } = explained;
  const lines: readonly (readonly [string, number, string])[] = [
    ["weights", figures.weightsBytes, weightsFormula(explained)],
    ["KV cache", figures.kvCacheBytes, kvFormula(explained)],
    ["activations", figures.activationBytes, formulaOf(explained, "activations")],
    ["overhead", figures.overheadBytes, formulaOf(explained, "overhead")],
    ["total", figures.totalBytes, tensorParallel === 1 ? "one GPU" : `each of ${tensorParallel} GPUs`],
  ];
  const active =
    shape.activeParameters < shape.parameters ? `, ${billions(shape.activeParameters)} active` : "";
  return [
    `${shape.architecture}: ${billions(shape.parameters)} parameters${active}, ${shape.dtype}`,
    ...lines.map(([what, bytes, how]) => `${what.padEnd(12)}${gib(bytes).padStart(11)}  ${how}`),
  ].join("\n");
}

function formulaOf({ runtime }: Explained, figure: "activations" | "overhead"): string {
  return `${runtime.name ?? "the runtime"}: ${runtime.formulas?.[figure] ?? "as its profile says"}`;
}

function weightsFormula({ shape, weights, tensorParallel }: Explained): string {
  const division = tensorParallel === 1 ? "" : `, divided over ${tensorParallel} GPUs`;
  const terms = weights.added.map(([bytes, what]) => (bytes > 0 ? ` + ${gib(bytes)} ${what}` : "")).join("");
  return `${gib(weights.bytes)} ${shape.weightsSource}${division}${terms}`;
}

function kvFormula({
  shape,
  figures,
  kvDtype,
  perSequence,
  maxModelLen,
  maxModelConcurrency,
}: Explained): string {
  const layers = shape.caches.map((cache) => {
    const state = cache.bytesPerSequence;
    if (state !== undefined) return `${cache.layers} layers of state x ${state} bytes a sequence`;
    const window = cache.windowTokens === undefined ? "" : ` within ${cache.windowTokens} tokens`;
    const share = cache.tokensPerEntry === undefined ? "" : ` per ${cache.tokensPerEntry} tokens`;
    return `${cache.layers} ${cache.kind} x ${cache.valuesPerEntry} values${share}${window}`;
  });
  return `${maxModelConcurrency} sequences x ${gib(perSequence)} for ${maxModelLen} tokens (${Math.round(figures.kvBytesPerToken)} bytes a token in ${kvDtype}: ${layers.join(", ")})`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GiB`;
}

function billions(count: number): string {
  return `${(count / 1e9).toFixed(count < 1e10 ? 2 : 1)}B`;
}
