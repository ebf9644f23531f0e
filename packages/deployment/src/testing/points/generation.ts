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
  /**
   * Called at each point, while this generation stands still, what it had on its way has arrived, and what it had not yet committed is held
   * back: what is found then is what a kill at that point would leave.
   */
  readonly atPoint?: ((name: string, generation: Generation) => Promise<void>) | undefined;
}

/** Something under way outside of this generation. */
interface Call {
  readonly ended: Promise<unknown>;
  readonly isTransaction: boolean;
}

/**
 * Stands for a process within this one, as far as it reaches the outside through its points and its clock. Once it is killed, none of its
 * calls returns and none has an effect: nothing that it still does can be told from what a dead process does. While it is
 * suspended, its calls wait.
 */
export class Generation implements Points {
  readonly #options: GenerationOptions;
  readonly #interrupted = Promise.withResolvers<string>();
  readonly #underway = new Set<Call>();
  #reached: string[] = [];
  #armed = false;
  /** Who stands still commits nothing; what the suspended have asked a database for arrives. */
  #state: "alive" | "suspended" | "still" | "dead" = "alive";
  #resumed = Promise.withResolvers<void>();
  /** Resolves when something comes to a halt that was on its way while this generation stands still. */
  #held = Promise.withResolvers<void>();
  #isHolding = false;
  #asked = 0;
  #askedBefore = 0;
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
    return this.#state === "still" || this.#underway.size > this.#waitingCalls;
  }

  /** Whether a transaction is under way that this generation, which stands still, does not commit. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /**
   * Whether this generation has asked and done nothing between its last two points: then it knew the same at both, and so did all others of
   * it.
   */
  get isAsBefore(): boolean {
    return this.#asked === this.#askedBefore;
  }

  /** What is asked without a call, such as the time. */
  noteQuestion(): void {
    this.#asked++;
  }

  /** Points count from here on. */
  arm(): void {
    this.#armed = true;
  }

  kill(): void {
    this.#state = "dead";
    this.#end.abort();
  }

  /** Lets a generation go on that is suspended or stands still. */
  resume(): void {
    if (this.#state === "dead") return;
    this.#state = "alive";
    this.#resumed.resolve();
  }

  /** Waits for what had reached the outside before the end: a request that is on its way arrives. */
  async drained(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled([...this.#underway].map(({ ended }) => ended));
  }

  /** A clock whose sleepers do not wake while this generation is not alive. */
  clock(clock: ManualClock): Clock {
    return {
      nowMs: () => {
        this.noteQuestion();
        return clock.nowMs();
      },
      sleep: async (durationMs, signal) => {
        this.noteQuestion();
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
        this.#held.resolve();
        try {
          const ending = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
          await clock.sleep(durationMs, ending);
          await this.#untilResumed();
        } finally {
          this.#waitingCalls--;
        }
        this.requireAlive();
      },
    };
  }

  async reach(name: string): Promise<void> {
    while (this.#state !== "alive") await this.#untilAlive();
    if (!this.#armed) return;
    this.#reached.push(name);
    const isInterrupted = this.#reached.length === this.#options.at;
    const { interruption, failure, atPoint } = this.#options;
    if (atPoint !== undefined) await this.#standStill(() => atPoint(name, this));
    if (!isInterrupted) {
      this.#askedBefore = this.#asked;
      return;
    }
    if (interruption === "fail") throw failure?.(name) ?? new Error(`the test lets ${name} fail`);
    if (interruption === undefined) return;
    if (interruption === "kill") this.kill();
    else this.#suspend("suspended");
    this.#interrupted.resolve(name);
    await this.#untilAlive();
  }

  call<T>(work: () => Promise<T>): Promise<T> {
    return this.#call(work, { isTransaction: false });
  }

  callTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#call(work, { isTransaction: true });
  }

  async beforeCommit(): Promise<void> {
    while (this.#state === "still") {
      this.#isHolding = true;
      this.#held.resolve();
      await this.#resumed.promise;
    }
    this.#isHolding = false;
    this.requireAlive();
  }

  requireAlive(): void {
    if (this.#state === "dead") throw new Error("this generation was killed");
  }

  async #call<T>(work: () => Promise<T>, { isTransaction }: Pick<Call, "isTransaction">): Promise<T> {
    while (this.#state !== "alive") await this.#untilAlive();
    this.#asked++;
    const ended = work();
    const call = { ended, isTransaction };
    this.#underway.add(call);
    try {
      return await ended;
    } finally {
      this.#underway.delete(call);
      while (this.#state !== "alive") await this.#untilAlive();
    }
  }

  #suspend(state: "suspended" | "still"): void {
    this.#state = state;
    this.#resumed = Promise.withResolvers();
  }

  async #standStill(look: () => Promise<void>): Promise<void> {
    this.#suspend("still");
    this.#held = Promise.withResolvers();
    try {
      await this.#untilArrived();
      await look();
    } finally {
      this.resume();
    }
  }

  /**
   * Until nothing is under way but transactions, of which one is held back and the others wait for it, and calls that wait for time to pass,
   * which it does not.
   */
  async #untilArrived(): Promise<void> {
    for (;;) {
      const left = [...this.#underway].filter(({ isTransaction }) => !(isTransaction && this.#isHolding));
      if (left.length <= this.#waitingCalls) return;
      const arrivals = left.map(({ ended }) => ended.then(ignore, ignore));
      this.#held = Promise.withResolvers();
      await Promise.race([...arrivals, this.#held.promise]);
    }
  }

  /** Never returns to the dead, and to others once they go on. */
  async #untilAlive(): Promise<void> {
    if (this.#state === "dead") await new Promise<never>(() => {});
    await this.#untilResumed();
  }

  async #untilResumed(): Promise<void> {
    if (this.#state === "suspended" || this.#state === "still") await this.#resumed.promise;
  }
}

function ignore(): void {}
