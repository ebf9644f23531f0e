import type { Clock } from "../../clock.ts";
import type { ManualClock } from "../clock/manual-clock.ts";
import type { Points } from "./points.ts";

/** What happens at a point. */
export type Interruption = "kill" | "suspend" | "fail";

export interface GenerationOptions {
  /** What happens at the point of `at`, counted from 1. Default: nothing. */
  readonly interruption?: Interruption | undefined;
  readonly at?: number | undefined;
  /** What the call at that point throws where it fails. */
  readonly failure?: ((point: string) => Error) | undefined;
}

/**
 * Stands for a process within this one, as far as it reaches the outside through its points and its clock. Once it is killed, none of its
 * calls returns and none has an effect: nothing that it still does can be told from what a dead process does. While it is
 * suspended, its calls wait.
 */
export class Generation implements Points {
  readonly #options: GenerationOptions;
  readonly #interrupted = Promise.withResolvers<string>();
  readonly #underway = new Set<Promise<unknown>>();
  #reached: string[] = [];
  #armed = false;
  #state: "alive" | "suspended" | "dead" = "alive";
  readonly #resumed = Promise.withResolvers<void>();
  readonly #end = new AbortController();
  #waitingCalls = 0;

  constructor(options: GenerationOptions = {}) {
    this.#options = options;
  }

  /** Names of the points that were reached since {@link arm}. */
  get reached(): readonly string[] {
    return this.#reached;
  }

  /** The point at which this generation was killed or suspended, once it is. */
  get interrupted(): Promise<string> {
    return this.#interrupted.promise;
  }

  /** Whether a call is under way that does not wait for time to pass. */
  get isBusy(): boolean {
    return this.#underway.size > this.#waitingCalls;
  }

  /** Points count from here on. */
  arm(): void {
    this.#armed = true;
  }

  kill(): void {
    this.#state = "dead";
    this.#end.abort();
  }

  /** Lets a suspended generation go on. */
  resume(): void {
    if (this.#state !== "suspended") return;
    this.#state = "alive";
    this.#resumed.resolve();
  }

  /** Waits for what had reached the outside before the end: a request that is on its way arrives. */
  async drained(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }

  /** A clock whose sleepers do not wake while this generation is not alive. */
  clock(clock: ManualClock): Clock {
    return {
      nowMs: () => clock.nowMs(),
      sleep: async (durationMs, signal) => {
        await this.#untilAlive();
        try {
          await clock.sleep(
            durationMs,
            signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal,
          );
        } finally {
          await this.#untilAlive();
        }
      },
    };
  }

  /**
   * A clock for waiting within a call, as who is called does before it tries again. The call of who is killed meanwhile ends there, with a
   * failure of which nobody hears.
   */
  clockWithinCalls(clock: ManualClock): Clock {
    return {
      nowMs: () => clock.nowMs(),
      sleep: async (durationMs, signal) => {
        this.#waitingCalls++;
        try {
          const ending = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
          await clock.sleep(durationMs, ending);
        } finally {
          this.#waitingCalls--;
        }
        await this.#untilResumed();
        this.requireAlive();
      },
    };
  }

  async reach(name: string): Promise<void> {
    await this.#untilAlive();
    if (!this.#armed) return;
    this.#reached.push(name);
    if (this.#reached.length !== this.#options.at) return;
    const { interruption, failure } = this.#options;
    if (interruption === "fail") throw failure?.(name) ?? new Error(`the test lets ${name} fail`);
    if (interruption === undefined) return;
    if (interruption === "kill") this.kill();
    else this.#state = "suspended";
    this.#interrupted.resolve(name);
    await this.#untilAlive();
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    await this.#untilAlive();
    const promise = work();
    this.#underway.add(promise);
    try {
      return await promise;
    } finally {
      this.#underway.delete(promise);
      await this.#untilAlive();
    }
  }

  requireAlive(): void {
    if (this.#state === "dead") throw new Error("this generation was killed");
  }

  /** Never returns to the dead, and to the suspended once they are not any more. */
  async #untilAlive(): Promise<void> {
    if (this.#state === "dead") await new Promise<never>(() => {});
    await this.#untilResumed();
  }

  async #untilResumed(): Promise<void> {
    if (this.#state === "suspended") await this.#resumed.promise;
  }
}
