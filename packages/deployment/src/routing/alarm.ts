import type { Clock } from "../clock.ts";

/** Calls back at the earliest moment that it was set for, once. It keeps the process alive while it is set. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #set: { readonly dueMs: number; readonly controller: AbortController } | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  set(dueMs: number): void {
    if (this.#set !== undefined && this.#set.dueMs <= dueMs) return;
    this.cancel();
    const controller = new AbortController();
    this.#set = { dueMs, controller };
    void this.#wait(dueMs, controller.signal);
  }

  cancel(): void {
    this.#set?.controller.abort();
    this.#set = undefined;
  }

  async #wait(dueMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, dueMs - this.#clock.nowMs()), signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    // Set again, or cancelled, between the end of the sleep and now.
    if (signal.aborted) return;
    this.#set = undefined;
    this.#ring();
  }
}
