import { requireCount } from "../option-checks.ts";
import type { CacheStore } from "./cache-store.ts";

export interface MemoryCacheOptions {
  /** How many results are kept; those that were not used for longest go first. Default 1,000. */
  readonly maxEntries?: number | undefined;
}

/** Keeps results for as long as the process lives. */
export class MemoryCache implements CacheStore {
  readonly #maxEntries: number;
  /** In the order of their use. */
  readonly #texts = new Map<string, string>();

  /** @throws {@link InvalidBlockOptionsError} */
  constructor({ maxEntries = 1_000 }: MemoryCacheOptions = {}) {
    this.#maxEntries = requireCount("MemoryCache", "maxEntries", maxEntries, 1);
  }

  async get(key: string): Promise<string | undefined> {
    const text = this.#texts.get(key);
    if (text !== undefined) this.#putLast(key, text);
    return text;
  }

  async set(key: string, text: string): Promise<void> {
    this.#putLast(key, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > this.#maxEntries && oldest !== undefined) this.#texts.delete(oldest);
  }

  #putLast(key: string, text: string): void {
    this.#texts.delete(key);
    this.#texts.set(key, text);
  }
}
