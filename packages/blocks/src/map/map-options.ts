export interface MapOptions {
  /** How many items are under way at a time, at most. Default 8. */
  readonly concurrency?: number | undefined;
}
