import type { ModuleSizes } from "./module-sizes.ts";

/** Bytes of weights that are loaded, and where the figure is from. */
export interface StoredBytes {
  readonly bytes: number;
  readonly source: string;
}

/** How far a computed size may be from a checkpoint's for the two to be of the same content. */
const TOLERANCE = 0.02;

/**
 * What of a checkpoint's bytes is loaded. Checkpoints also hold what serving does not: layers for multi-token prediction, with or
 * without copies of the embeddings, and a head that is tied to the embeddings. Of these the combination that comes nearest to the
 * checkpoint's size is taken off; where none comes near, the size is taken as it is.
 */
export function storedBytes(sizes: ModuleSizes, safetensorsBytes: number | undefined): StoredBytes {
  if (safetensorsBytes === undefined) return { bytes: sizes.bytes, source: "computed from config.json" };
  const extras = [
    { bytes: 0, what: "" },
    { bytes: sizes.draftBytes, what: "draft layers" },
    {
      bytes: sizes.draftBytes + 2 * sizes.embeddingBytes,
      what: "draft layers with their embeddings and head",
    },
    ...(sizes.tied ? [{ bytes: sizes.embeddingBytes, what: "the copy of a tied head" }] : []),
  ];
  const distance = (extra: number) => Math.abs(sizes.bytes + extra - safetensorsBytes);
  const nearest = extras.reduce((best, extra) =>
    distance(extra.bytes) < distance(best.bytes) ? extra : best,
  );
  const near = distance(nearest.bytes) <= TOLERANCE * safetensorsBytes && nearest.bytes < safetensorsBytes;
  const extra = near ? nearest : { bytes: 0, what: "" };
  const less = extra.what === "" || extra.bytes === 0 ? "" : ` less ${extra.what}`;
  return { bytes: safetensorsBytes - extra.bytes, source: `size of the safetensors files${less}` };
}
