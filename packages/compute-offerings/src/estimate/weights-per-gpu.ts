import type { GpuArchitecture, Mxfp4Padding, RuntimePlanningProfile } from "@conduit/types";
import type { ModelShape, WeightModule } from "../model/model-shape.ts";
import { moduleBytes } from "../model/weight-scheme.ts";

/** Bytes of one rank's weights. */
export interface WeightsPerGpu {
  /** The checkpoint's own, divided over the ranks. */
  readonly bytes: number;
  /** What the runtime adds, and what that is. */
  readonly added: readonly (readonly [bytes: number, what: string])[];
}

export function weightsPerGpu(
  shape: ModelShape,
  tensorParallel: number,
  runtime: RuntimePlanningProfile,
  architecture: GpuArchitecture | undefined,
): WeightsPerGpu {
  const padding = runtime.mxfp4Padding?.(architecture);
  let [whole, perRank, paddingBytes] = [0, 0, 0];
  for (const module of shape.modules) {
    if (module.role === "draft") continue;
    const bytes = moduleBytes(module);
    whole += bytes;
    perRank += bytes / rankCount(module.shards, tensorParallel);
    if (padding !== undefined) paddingBytes += mxfp4PaddingBytes(module, tensorParallel, padding);
  }
  const activationBytes = shape.activationDtype === "float32" ? 4 : 2;
  const { rotaryTables, absorbedMla } = runtime.derivedWeights ?? {};
  const rotaryBytes = shape.rotaryTableValues * activationBytes;
  const absorbedBytes = Math.round((shape.absorbedParameters * activationBytes) / tensorParallel);
  return {
    // Where the checkpoint's size is known it holds, and what was computed says how it divides.
    bytes: Math.round(perRank * (shape.weightsBytes / whole)),
    added: [
      [paddingBytes, "padding of MXFP4 experts"],
      [rotaryTables === true ? rotaryBytes : 0, "RoPE tables"],
      [absorbedMla === true ? absorbedBytes : 0, "folded MLA matrices"],
    ],
  };
}

/** Ranks that a matrix is divided over: heads of keys and values only as far as there are any. */
function rankCount(shards: WeightModule["shards"], tensorParallel: number): number {
  if (shards === "none") return 1;
  return shards === "any" ? tensorParallel : Math.min(shards, tensorParallel);
}

/** What padding adds to one rank's experts in MXFP4: half a byte per value and a byte of scale per 32. */
function mxfp4PaddingBytes(module: WeightModule, tensorParallel: number, padding: Mxfp4Padding): number {
  if (module.scheme.kind !== "mxfp4" || module.role !== "experts") return 0;
  const down = module.name.endsWith("down_proj");
  const rows = down ? module.rows : module.rows / tensorParallel;
  const columns = down ? module.columns / tensorParallel : module.columns;
  const paddedRows = roundUp(rows, down ? padding.hidden : padding.intermediate);
  const paddedColumns = roundUp(columns, down ? padding.intermediate : padding.hidden);
  const rowBytes = roundUp(paddedColumns / 2, padding.rowBytes) + paddedColumns / 32;
  return Math.round(module.copies * (paddedRows * rowBytes - rows * (columns / 2 + columns / 32)));
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
