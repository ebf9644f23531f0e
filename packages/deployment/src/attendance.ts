import type { DeploymentControl } from "./deployment-control.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";

/** Passes over the deployment once in so many looks. */
const LOOKS_PER_PASS = 3;

/**
 * Keeps up a process's use of a deployment: renews its attachment, looks at the rows again, and now and then passes over them. Does not keep the
 * process alive.
 */
export class Attendance {
  readonly #control: DeploymentControl;
  readonly #onGone: () => void;
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #looks = 0;

  /** @param onGone - Called when the deployment is not there any more. */
  constructor(control: DeploymentControl, onGone: () => void) {
    this.#control = control;
    this.#onGone = onGone;
    this.#timer = setInterval(() => void this.#attend(), NOTICE_MS / 2);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  async #attend(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch {
      // The next look may do; what was found is written down, and the attachment lasts for many looks.
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#ended;
    await this.#control.renew();
    if (!(await this.#control.refresh({ signal }))) {
      this.end();
      this.#onGone();
      return;
    }
    await this.#control.checkNodes(signal);
    if (++this.#looks % LOOKS_PER_PASS === 0) await this.#control.pass({ signal });
  }
}
