import type { CallOptions } from "@conduit/types";
import { PauseWatch } from "./liveness/pause-watch.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { Rounds } from "./rounds.ts";

const PAUSE_LOOK_MS = 500;
const LONG_PAUSE_MS = 5_000;

/**
 * Renews an attachment from its first moment on, however long this process waits for a provider meanwhile: what nobody seems to use
 * is garbage to others. After a suspension of the machine, through which it may have lapsed, that comes before anything else is due.
 */
export class AttachmentRenewal {
  readonly #renewals: Rounds;
  readonly #pauses: Rounds;

  constructor(renew: (options: CallOptions) => Promise<void>) {
    const watch = new PauseWatch(LONG_PAUSE_MS);
    this.#renewals = new Rounds(NOTICE_MS / 2, (signal) => renew({ signal }));
    this.#pauses = new Rounds(PAUSE_LOOK_MS, async (signal) => {
      if (watch.look()) await renew({ signal });
    });
  }

  /** Resolves when nothing is renewed any more. More than once is fine. */
  async end(): Promise<void> {
    await Promise.all([this.#renewals.end(), this.#pauses.end()]);
  }
}
