/** Where {@link cache} keeps results: texts by keys, both of which it makes. */
export interface CacheStore {
  /** The text of a key, or `undefined` where there is none. */
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
}
