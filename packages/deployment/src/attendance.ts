import type { DeploymentControl } from "./deployment-control.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";

/** Passes over the deployment once in so many looks. */
const LOOKS_PER_PASS = 3;

/**
 * Keeps up a process's use of a deployment: looks at its rows again, and now and then passes over them. Does not keep the process alive.
 */
export class Attendance {
  readonly #control: DeploymentControl;
  readonly #onGone: () => void;
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #look: Promise<void> | undefined;
  #looks = 0;

  /** @param onGone - Called when the deployment is not there any more. */
  constructor(control: DeploymentControl, onGone: () => void) {
    this.#control = control;
    this.#onGone = onGone;
    // In real time, whatever clock the deployment waits by: it keeps up leases, which are over by the store's.
    this.#timer = setInterval(() => {
      // The next look may do where one fails.
      this.#look ??= this.#attend()
        .catch(() => {})
        .finally(() => {
          this.#look = undefined;
        });
    }, NOTICE_MS / 2);
    this.#timer.unref();
  }

  /** Resolves when nothing is written any more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await this.#look;
  }

  async #attend(): Promise<void> {
    const { signal } = this.#ended;
    if (!(await this.#control.refresh({ signal }))) {
      clearInterval(this.#timer);
      this.#onGone();
      return;
    }
    await this.#control.checkNodes(signal);
    if (++this.#looks % LOOKS_PER_PASS === 0) await this.#control.pass({ signal });
  }
}
