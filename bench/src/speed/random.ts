/** Repeatable numbers that look random, from 0 to below 1 (Park and Miller's generator). */
export class Random {
  private state = 42;

  /** The next number. */
  next(): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state / 2_147_483_647;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** So many words of prose, here and there with a character that JSON escapes. */
  words(count: number): string {
    return Array.from({ length: count }, () => this.pick(WORDS)).join(" ");
  }
}

const WORDS = [
  ...["the", "order", "was", "sent", "before", "noon", "and", "arrived", "late", "in", "Zürich", "résumé"],
  ...['the "blue" one', "line\nbreak", "a\\b", "naïve", "customer", "asked", "for", "another", "size"],
];
