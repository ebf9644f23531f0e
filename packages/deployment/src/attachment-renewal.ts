import type { CallOptions } from "@conduit/types";
import { NOTICE_MS } from "./reconcile/judge-node.ts";

/**
 * Renews an attachment from its first moment on, however long this process waits for a provider meanwhile: what nobody seems to use
 * is garbage to others. Does not keep the process alive.
 */
export class AttachmentRenewal {
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewal: Promise<void> | undefined;

  constructor(renew: (options: CallOptions) => Promise<void>) {
    this.#timer = setInterval(() => {
      // The next one may do where one fails: the attachment lasts for many.
      this.#renewal ??= renew({ signal: this.#ended.signal })
        .catch(() => {})
        .finally(() => {
          this.#renewal = undefined;
        });
    }, NOTICE_MS / 2);
    this.#timer.unref();
  }

  /** Resolves when nothing is renewed any more. More than once is fine. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await this.#renewal;
  }
}
