import type { LogEvent } from "./log-events.ts";

/**
 * Knows which lines come again after a connection was lost. RunPod resumes at a time, and may then send what was written at that very time once
 * more, or not.
 */
export class RepeatedLines {
  #at: string | undefined;
  #given: string[] = [];
  #expected: string[] = [];

  /** When the last line was written, from where to go on. */
  get at(): string | undefined {
    return this.#at;
  }

  /** From here on lines may come again. */
  resume(): void {
    this.#expected = [...this.#given];
  }

  /** Whether a line is new; takes note of it. */
  isNew({ line, at }: LogEvent): boolean {
    if (at === this.#at) {
      const index = this.#expected.indexOf(line);
      if (index >= 0) {
        this.#expected.splice(index, 1);
        return false;
      }
    } else {
      this.#at = at;
      this.#given = [];
      this.#expected = [];
    }
    this.#given.push(line);
    return true;
  }
}
