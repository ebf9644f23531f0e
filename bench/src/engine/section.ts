/** One comparison: what was measured, how, and a table of what came out. */
export interface Section {
  readonly title: string;
  readonly method: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface MeasureOptions {
  /** How often contenders take turns; medians are over so many. */
  readonly rounds: number;
  /** Whether it is enough to see that everything works. */
  readonly quick: boolean;
}
