import { setTimeout as delay } from "node:timers/promises";
import { onExit } from "signal-exit";
import { hasLivingProcess } from "./has-living-process.ts";

const POLL_INTERVAL_MS = 10;

/** Groups that would outlive this process, because they are not of its own group, nor of its terminal's. */
const living = new Set<ProcessGroup>();
let stopWatching: (() => void) | undefined;

/** The processes that a detached child started, and itself, as long as they do not leave the group by `setsid`. */
export class ProcessGroup {
  readonly #id: number;

  /** @param id that of the child, which leads the group. */
  constructor(id: number) {
    this.#id = id;
    living.add(this);
    stopWatching ??= onExit(() => {
      for (const group of living) group.send("SIGKILL");
    });
  }

  /** Sends a signal to all processes of the group; `false` when there are none. 0 sends nothing. */
  send(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.#id, signal);
    } catch (error) {
      // EPERM: there are processes, but all of them are another user's.
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }

  /**
   * Asks the group to end, and makes it once `graceMs` milliseconds have passed.
   *
   * @param isQuiet whether its leader has ended and no process holds the leader's pipes: only then are the rest looked at closely.
   */
  async end(graceMs: number, isQuiet: () => boolean): Promise<void> {
    const deadline = performance.now() + graceMs;
    if (graceMs > 0) this.send("SIGTERM");
    while (performance.now() < deadline && this.send(0)) {
      if (isQuiet() && !(await hasLivingProcess(this.#id))) break;
      await delay(POLL_INTERVAL_MS);
    }
    this.send("SIGKILL");
  }

  /** Forgets the group, which must be dead: its number may soon be another's. */
  [Symbol.dispose](): void {
    living.delete(this);
    if (living.size > 0) return;
    stopWatching?.();
    stopWatching = undefined;
  }
}
