import { estimateVram } from "../estimate/estimate-vram.ts";
import { vllmProfile } from "../runtimes/vllm-profile.ts";
import type { MeasuredRun } from "./measured-runs.ts";

const GIB = 2 ** 30;

/** A measured figure and the estimate of it. */
export interface Compared {
  readonly measured: number;
  readonly estimated: number;
  /** Share by which the estimate is above what was measured. */
  readonly error: number;
}

/** Figures of a run that were published, each beside its estimate; in GiB, and tokens. */
export interface ComparedRun {
  readonly weights: Compared | undefined;
  readonly activations: Compared | undefined;
  readonly overhead: Compared | undefined;
  /** Tokens that the measured KV cache holds. */
  readonly kvTokens: Compared | undefined;
  /** Everything, the KV cache of the measured tokens included; without tokens, everything but the KV cache. */
  readonly total: Compared | undefined;
}

export function compareRun(run: MeasuredRun): ComparedRun {
  const estimate = estimateVram(run.config, {
    maxModelLen: run.maxModelLen ?? 8192,
    maxModelConcurrency: 1,
    quantization: run.quantization,
    kvDtype: run.kvDtype,
    tensorParallel: run.gpus,
    runtime: vllmProfile(run.vllm),
    architecture: run.architecture ?? "HOPPER",
    // Both are beyond where vLLM takes larger steps.
    gpuMemoryBytes: 79.19 * GIB,
  });
  const gib = (bytes: number) => bytes / GIB;
  const { weightsGib, activationGib, nonTorchGib, kvGib, kvTokens } = run;
  const counted = kvTokens !== undefined && kvGib !== undefined;
  const beside = gib(estimate.weightsBytes + estimate.activationBytes + estimate.overheadBytes);
  const complete = weightsGib !== undefined && activationGib !== undefined && nonTorchGib !== undefined;
  return {
    weights: compare(weightsGib, gib(estimate.weightsBytes)),
    activations: compare(activationGib, gib(estimate.activationBytes)),
    overhead: compare(nonTorchGib, gib(estimate.overheadBytes)),
    kvTokens: counted ? compare(kvTokens, (kvGib * GIB) / estimate.kvBytesPerToken) : undefined,
    total: complete
      ? compare(
          weightsGib + activationGib + nonTorchGib + (counted ? kvGib : 0),
          beside + (counted ? gib(kvTokens * estimate.kvBytesPerToken) : 0),
        )
      : undefined,
  };
}

function compare(measured: number | undefined, estimated: number): Compared | undefined {
  return measured === undefined ? undefined : { measured, estimated, error: estimated / measured - 1 };
}

/** Rows of the table in docs/benchmarks.md. */
export function runsTable(runs: readonly MeasuredRun[]): string {
  return runs
    .map((run) => {
      const compared = compareRun(run);
      const cells = [
        run.model,
        run.vllm,
        String(run.gpus),
        cell(compared.weights, 2),
        cell(compared.activations, 2),
        cell(compared.overhead, 2),
        cell(compared.kvTokens, 0),
        cell(compared.total, 2),
        run.notComparable ?? "",
      ];
      return `| ${cells.join(" | ")} |`;
    })
    .join("\n");
}

function cell(compared: Compared | undefined, digits: number): string {
  if (compared === undefined) return "–";
  const { measured, estimated, error } = compared;
  const percent = (error * 100).toFixed(1).replace("-0.0", "0.0");
  return `${measured.toFixed(digits)} / ${estimated.toFixed(digits)} (${percent} %)`;
}
