import type { RuntimePlanningProfile } from "@conduit/types";
import type { CacheLayer, ModelShape } from "../model/model-shape.ts";
import { PLAIN, plainBytes } from "../model/quantization.ts";
import { UnknownDtypeError } from "../model/unknown-dtype-error.ts";
import { sumOf } from "../sum-of.ts";

/** Formats of a KV cache beside those without scales, in bytes per value. */
const KV_BYTES: Readonly<Record<string, number>> = {
  fp8: 1,
  fp8_e4m3: 1,
  fp8_e5m2: 1,
  int8: 1,
  // Half a byte, and a scale of eight bits for sixteen values.
  nvfp4: 0.5625,
};

/** What decides how large the KV cache of one rank is, beside what a runtime's profile says of its caches. */
export interface KvCacheOptions extends Pick<RuntimePlanningProfile, "kvBlockTokens" | "kvScaleBytes"> {
  readonly kvDtype: string;
  readonly tensorParallel: number;
}

/** Bytes of one value of a KV cache. Throws {@link UnknownDtypeError} for a format that is none. */
function kvValueBytes(kvDtype: string): number {
  const key = kvDtype.toLowerCase();
  const bytes = plainBytes(key) ?? KV_BYTES[key];
  if (bytes === undefined) {
    throw new UnknownDtypeError("kvDtype", kvDtype, [...PLAIN, ...Object.keys(KV_BYTES)]);
  }
  return bytes;
}

/**
 * Bytes of one rank's cache for one sequence of `tokens`: per layer 2 x KV heads x head width (MLA: latent and rotated key, on every
 * rank), for at most as many tokens as its window holds, and the state of recurrent layers.
 */
export function kvSequenceBytes({ caches }: ModelShape, tokens: number, options: KvCacheOptions): number {
  const block = options.kvBlockTokens ?? 16;
  return cacheBytes(caches, options, ({ windowTokens = tokens, tokensPerEntry = 1 }) => {
    const kept = Math.min(tokens, windowTokens + block);
    return Math.ceil((Math.ceil(kept / block) * block) / tokensPerEntry);
  });
}

/** Bytes of one rank's cache that a decoding step reads for one sequence of `tokens`. */
export function kvReadBytes({ caches }: ModelShape, tokens: number, options: KvCacheOptions): number {
  return cacheBytes(
    caches,
    options,
    ({ windowTokens = tokens, tokensPerEntry = 1, readEntries = Infinity }) =>
      Math.min(Math.min(tokens, windowTokens) / tokensPerEntry, readEntries),
  );
}

/** Bytes of one rank's cache that one more token of a long sequence takes. */
export function kvBytesPerToken({ caches }: ModelShape, options: KvCacheOptions): number {
  const tokenwise = caches.filter(({ kind }) => kind !== "state");
  const growing = tokenwise.filter(({ windowTokens }) => windowTokens === undefined);
  // Where every layer has a window, a token of a sequence that has not filled it is meant.
  return cacheBytes(
    growing.length > 0 ? growing : tokenwise,
    options,
    ({ tokensPerEntry = 1 }) => 1 / tokensPerEntry,
  );
}

/** Bytes of so many entries of each layer, and of what it keeps however long a sequence is. */
function cacheBytes(
  caches: readonly CacheLayer[],
  { kvDtype, tensorParallel, kvScaleBytes = 0 }: KvCacheOptions,
  entriesOf: (cache: CacheLayer) => number,
): number {
  return sumOf(caches, (cache) => {
    const valueBytes = kvValueBytes(kvDtype);
    const { heads = 1 } = cache;
    // Whole heads go to a rank, and each to at least one; what has no heads, every rank keeps.
    const share = heads / Math.ceil(heads / tensorParallel);
    // Keys' and values', for eight bits alone.
    const scaleBytes = valueBytes === 1 ? 2 * heads * kvScaleBytes : 0;
    const entryBytes =
      (valueBytes === 1 ? cache.bytesPerEntryInFp8 : undefined) ??
      cache.bytesPerEntry ??
      (cache.valuesPerEntry * valueBytes + scaleBytes) / share;
    return cache.layers * (entriesOf(cache) * entryBytes + (cache.bytesPerSequence ?? 0) / share);
  });
}
