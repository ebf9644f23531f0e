import { LEASE_MS, type Records } from "./records.ts";

/** Tells the store, for as long as it lasts, that this process uses a deployment. Does not keep the process alive. */
export class Attachment {
  readonly #records: Records;
  readonly #timer: NodeJS.Timeout;

  /** @param onLost - Called when the deployment is not there any more. */
  constructor(records: Records, deploymentId: string, onLost: () => void) {
    this.#records = records;
    this.#timer = setInterval(() => {
      records.renewAttachment(deploymentId).then(
        (there) => {
          if (there) return;
          clearInterval(this.#timer);
          onLost();
        },
        // The next renewal may do; the lease covers two that fail.
        () => {},
      );
    }, LEASE_MS / 3);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#records.removeAttachment();
  }
}
