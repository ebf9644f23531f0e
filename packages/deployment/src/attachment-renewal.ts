import type { CallOptions } from "@conduit/types";
import { afterPauses, forgetPauses } from "./liveness/after-pauses.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { Rounds } from "./rounds.ts";

/**
 * Renews an attachment from its first moment on, however long this process waits for a provider meanwhile: what nobody seems to use
 * is garbage to others. After a suspension of the machine, through which it may have lapsed, that comes before anything else is due.
 */
export class AttachmentRenewal {
  readonly #renewals: Rounds;
  readonly #renewNow: () => Promise<void>;
  #renewing: Promise<unknown> = Promise.resolve();

  constructor(renew: (options: CallOptions) => Promise<void>) {
    this.#renewals = new Rounds(NOTICE_MS / 2, (signal) => renew({ signal }));
    this.#renewNow = () => {
      const renewing = renew({});
      this.#renewing = renewing.catch(() => {});
      return renewing;
    };
    afterPauses(this.#renewNow);
  }

  /** Resolves when nothing is renewed any more. More than once is fine. */
  async end(): Promise<void> {
    forgetPauses(this.#renewNow);
    await Promise.all([this.#renewals.end(), this.#renewing]);
  }
}
