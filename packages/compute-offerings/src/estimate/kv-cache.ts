import type { CacheLayer, ModelShape } from "../model/model-shape.ts";
import { plainBytes } from "../model/quantization.ts";
import { UnknownDtypeError } from "../model/unknown-dtype-error.ts";

/** Formats of a KV cache beside those without scales, in bytes per value. */
const KV_BYTES: Readonly<Record<string, number>> = {
  fp8: 1,
  fp8_e4m3: 1,
  fp8_e5m2: 1,
  fp8_inc: 1,
  int8: 1,
  nvfp4: 0.5 + 1 / 16,
};

/** What decides how large the KV cache of one rank is. */
export interface KvCacheOptions {
  readonly kvDtype: string;
  readonly tensorParallel: number;
  /** Tokens of a block, in which each sequence is rounded up. */
  readonly blockTokens: number;
}

/** Bytes of one value of a KV cache. Throws {@link UnknownDtypeError} for a format that is none. */
function kvValueBytes(kvDtype: string): number {
  const key = kvDtype.toLowerCase();
  const bytes = plainBytes(key) ?? KV_BYTES[key];
  if (bytes === undefined) {
    throw new UnknownDtypeError("kvDtype", kvDtype, [
      "bfloat16",
      "float16",
      "float32",
      ...Object.keys(KV_BYTES),
    ]);
  }
  return bytes;
}

/**
 * Bytes of one rank's cache for one sequence of `tokens`: per layer 2 x KV heads x head width (MLA: latent and rotated key, on every
 * rank), for at most as many tokens as its window holds, and the state of recurrent layers.
 */
export function kvSequenceBytes(shape: ModelShape, tokens: number, options: KvCacheOptions): number {
  return shape.caches.reduce((sum, cache) => {
    const block = options.blockTokens;
    const kept = cache.windowTokens === undefined ? tokens : Math.min(tokens, cache.windowTokens + block);
    const entries = Math.ceil((Math.ceil(kept / block) * block) / (cache.tokensPerEntry ?? 1));
    return sum + cache.layers * (entries * entryBytes(cache, options) + stateBytes(cache, options));
  }, 0);
}

/** Bytes of one rank's cache that a decoding step reads for one sequence of `tokens`. */
export function kvReadBytes(shape: ModelShape, tokens: number, options: KvCacheOptions): number {
  return shape.caches.reduce((sum, cache) => {
    const kept = Math.min(tokens, cache.windowTokens ?? tokens) / (cache.tokensPerEntry ?? 1);
    const entries = Math.min(kept, cache.readEntries ?? kept);
    return sum + cache.layers * (entries * entryBytes(cache, options) + stateBytes(cache, options));
  }, 0);
}

/** Bytes of one rank's cache that one more token of a long sequence takes. */
export function kvBytesPerToken(shape: ModelShape, options: KvCacheOptions): number {
  const growing = shape.caches.filter(
    ({ kind, windowTokens }) => kind !== "state" && windowTokens === undefined,
  );
  // Where every layer has a window, a token of a sequence that has not filled it is meant.
  const counted = growing.length > 0 ? growing : shape.caches.filter(({ kind }) => kind !== "state");
  return counted.reduce(
    (sum, cache) => sum + (cache.layers * entryBytes(cache, options)) / (cache.tokensPerEntry ?? 1),
    0,
  );
}

function entryBytes(cache: CacheLayer, { kvDtype, tensorParallel }: KvCacheOptions): number {
  const valueBytes = kvValueBytes(kvDtype);
  if (valueBytes === 1 && cache.bytesPerEntryInFp8 !== undefined) return cache.bytesPerEntryInFp8;
  if (cache.bytesPerEntry !== undefined) return cache.bytesPerEntry;
  return (cache.valuesPerEntry * valueBytes) / headShare(cache, tensorParallel);
}

function stateBytes(cache: CacheLayer, { tensorParallel }: KvCacheOptions): number {
  return (cache.bytesPerSequence ?? 0) / headShare(cache, tensorParallel);
}

/** Whole heads go to a rank, and each to at least one; without heads every rank keeps everything. */
function headShare({ heads }: CacheLayer, tensorParallel: number): number {
  return heads === undefined ? 1 : heads / Math.ceil(heads / tensorParallel);
}
