import type { Points } from "./points.ts";

/** Points at which the whole process can be killed. */
export class ProcessPoints implements Points {
  readonly #killAt: number | undefined;
  #reached = 0;
  #underway = 0;
  #armed = false;

  /** @param killAt - Number, from 1 on, of the point at which this process kills itself. Default: none. */
  constructor(killAt: number | undefined) {
    this.#killAt = killAt;
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
    if (!this.#armed || ++this.#reached !== this.#killAt) return;
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment.
    await new Promise<never>(() => {});
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    this.#underway++;
    try {
      return await work();
    } finally {
      this.#underway--;
    }
  }

  /** Who is asked lives. */
  requireAlive(): void {}
}
