import type { Points } from "./points.ts";

/** What a process can do to itself at a point, both from 1 on. Default: nothing. */
export interface ProcessEnd {
  /** Number of the point at which it kills itself. */
  readonly killAt?: number | undefined;
  /** Number of the point at which it suspends itself; somebody else lets it go on. */
  readonly suspendAt?: number | undefined;
}

/**
 * Points at which the whole process can be killed or suspended. Where it has asked and done nothing since the point before, it is where it was,
 * and that counts only once.
 */
export class ProcessPoints implements Points {
  readonly #end: ProcessEnd;
  #reached = 0;
  #asked = 0;
  #askedBefore = -1;
  #underway = 0;
  #armed = false;

  constructor(end: ProcessEnd) {
    this.#end = end;
  }

  /** Number of points reached since {@link arm}. */
  get reached(): number {
    return this.#reached;
  }

  get isBusy(): boolean {
    return this.#underway > 0;
  }

  /** Points count from here on. */
  arm(): void {
    this.#armed = true;
  }

  async reach(): Promise<void> {
    if (!this.#armed || this.#asked === this.#askedBefore) return;
    this.#askedBefore = this.#asked;
    this.#reached++;
    if (this.#reached === this.#end.suspendAt) process.kill(process.pid, "SIGSTOP");
    if (this.#reached !== this.#end.killAt) return;
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment.
    await new Promise<never>(() => {});
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    this.#underway++;
    this.#asked++;
    try {
      return await work();
    } finally {
      this.#underway--;
    }
  }

  callTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.call(work);
  }

  /** Who commits lives. */
  async beforeCommit(): Promise<void> {}
}
