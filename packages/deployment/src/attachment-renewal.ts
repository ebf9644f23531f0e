import { setTimeout as delay } from "node:timers/promises";
import type { CallOptions } from "@conduit/types";
import { PauseWatch } from "./liveness/pause-watch.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { Rounds } from "./rounds.ts";

const PAUSE_LOOK_MS = 500;
const LONG_PAUSE_MS = 5_000;
/** Longest time in milliseconds that a look for what nobody uses waits for renewals. */
const RENEWAL_PATIENCE_MS = 2_000;

/** Those of this process. */
const renewals = new Set<AttachmentRenewal>();

/**
 * Renews an attachment from its first moment on, however long this process waits for a provider meanwhile: what nobody seems to use
 * is garbage to others. After a suspension of the machine, through which it may have lapsed, that comes before anything else is due.
 */
export class AttachmentRenewal {
  readonly #renew: (options: CallOptions) => Promise<void>;
  readonly #watch = new PauseWatch(LONG_PAUSE_MS);
  readonly #regular: Rounds;
  readonly #afterPauses: Rounds;
  #isRenewing = false;

  constructor(renew: (options: CallOptions) => Promise<void>) {
    this.#renew = renew;
    this.#regular = new Rounds(NOTICE_MS / 2, (signal) => renew({ signal }));
    this.#afterPauses = new Rounds(PAUSE_LOOK_MS, (signal) => this.renewAfterPause({ signal }));
    renewals.add(this);
  }

  /** Renews if this process did not run for a while, and does not do so already. */
  async renewAfterPause(options: CallOptions): Promise<void> {
    if (!this.#watch.look() || this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      await this.#renew(options);
    } finally {
      this.#isRenewing = false;
    }
  }

  /** Resolves when nothing is renewed any more. More than once is fine. */
  async end(): Promise<void> {
    renewals.delete(this);
    await Promise.all([this.#regular.end(), this.#afterPauses.end()]);
  }
}

/** Before this process looks for what nobody uses: after a suspension it says first what it uses itself, if it can within a while. */
export async function renewAfterPause(options: CallOptions): Promise<void> {
  const renewed = [...renewals].map((each) => each.renewAfterPause(options));
  if (renewed.length === 0) return;
  await Promise.race([Promise.allSettled(renewed), delay(RENEWAL_PATIENCE_MS, undefined, { ref: false })]);
}
