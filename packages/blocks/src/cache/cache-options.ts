import type { CacheStore } from "./cache-store.ts";

export interface CacheOptions {
  /** Where results are kept. Default: a {@link MemoryCache} of this block's own. */
  readonly store?: CacheStore | undefined;
  /**
   * What the block is, for stores that others use too or that outlive the process. Default: a digest of what {@link describe} says of the
   * block and of its options (endpoints, headers, files, models), which does not know the code of blocks of your own, nor variables that a
   * function uses. Where these decide, give a name and change it with them.
   */
  readonly id?: string | undefined;
  /** How long a result is good. Default: for ever. */
  readonly maxAgeSeconds?: number | undefined;
}
