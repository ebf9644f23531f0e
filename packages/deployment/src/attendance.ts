import type { DeploymentControl } from "./deployment-control.ts";
import { checkNodes } from "./readiness.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { Rounds } from "./rounds.ts";

/** Passes over the deployment once in so many looks. */
const LOOKS_PER_PASS = 3;

/** Keeps up a process's use of a deployment: looks at its rows again, and now and then passes over them. */
export class Attendance {
  readonly #control: DeploymentControl;
  readonly #onGone: () => void;
  readonly #looks: Rounds;
  #count = 0;

  /** @param onGone - Called when the deployment is not there any more. */
  constructor(control: DeploymentControl, onGone: () => void) {
    this.#control = control;
    this.#onGone = onGone;
    this.#looks = new Rounds(NOTICE_MS / 2, (signal) => this.#attend(signal));
  }

  /** Resolves when nothing is written any more. */
  end(): Promise<void> {
    return this.#looks.end();
  }

  async #attend(signal: AbortSignal): Promise<void> {
    if (!(await this.#control.refresh({ signal }))) {
      this.#looks.stop();
      this.#onGone();
      return;
    }
    await checkNodes(this.#control, signal);
    if (++this.#count % LOOKS_PER_PASS === 0) await this.#control.pass({ signal });
  }
}
