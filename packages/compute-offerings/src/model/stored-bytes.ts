import type { ModelShape } from "./model-shape.ts";
import type { ModuleSizes } from "./module-sizes.ts";

/** Bytes of weights that are loaded, and where the figure is from. */
export type StoredBytes = Pick<ModelShape, "weightsBytes" | "weightsSource">;

/** How far a computed size may be from a checkpoint's for the two to be of the same content. */
const TOLERANCE = 0.02;

/**
 * What of a checkpoint's bytes is loaded. Checkpoints also hold what serving does not: layers for multi-token prediction, with or
 * without copies of the embeddings, and a head that is tied to the embeddings. Of these the combination that comes nearest to the
 * checkpoint's size is taken off; where none comes near, the size is taken as it is.
 */
export function storedBytes(sizes: ModuleSizes, safetensorsBytes: number | undefined): StoredBytes {
  if (safetensorsBytes === undefined)
    return { weightsBytes: sizes.bytes, weightsSource: "computed from config.json" };
  const { bytes, draftBytes, embeddingBytes, tied } = sizes;
  const extras: readonly (readonly [number, string])[] = [
    [0, ""],
    [draftBytes, " less draft layers"],
    [draftBytes + 2 * embeddingBytes, " less draft layers with their embeddings and head"],
    [tied ? embeddingBytes : 0, " less the copy of a tied head"],
  ];
  const distance = (extra: number) => Math.abs(bytes + extra - safetensorsBytes);
  const [extra, less] = extras.reduce((best, other) =>
    distance(other[0]) < distance(best[0]) ? other : best,
  );
  const taken = distance(extra) <= TOLERANCE * safetensorsBytes ? extra : 0;
  return {
    weightsBytes: safetensorsBytes - taken,
    weightsSource: `size of the safetensors files${taken === 0 ? "" : less}`,
  };
}
