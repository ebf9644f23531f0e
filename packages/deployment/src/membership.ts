import type { CallOptions, StateStore } from "@conduit/types";
import type { Attachment } from "./attachment.ts";
import { AttachmentRenewal } from "./attachment-renewal.ts";
import { eventsOf } from "./event.ts";
import type { NodePool } from "./node-pool.ts";

/** Keeps up that this process uses a deployment, with what it uses of it. */
export class Membership {
  readonly #store: StateStore;
  readonly #deploymentId: string;
  readonly #attachment: Attachment;
  readonly #pool: NodePool;
  readonly #renewal: AttachmentRenewal;

  constructor(store: StateStore, deploymentId: string, attachment: Attachment, pool: NodePool) {
    this.#store = store;
    this.#deploymentId = deploymentId;
    this.#attachment = attachment;
    this.#pool = pool;
    this.#renewal = new AttachmentRenewal((options) => this.#renew(options));
  }

  /** Resolves when it is not kept up any more. More than once is fine. */
  end(): Promise<void> {
    return this.#renewal.end();
  }

  /** Takes the attachment back. With `andDelete`, a deployment that nobody else uses goes too; whether it does. */
  async leave({ andDelete }: { readonly andDelete: boolean }): Promise<boolean> {
    await this.end();
    const deploymentId = this.#deploymentId;
    return this.#store.transaction(async (transaction) => {
      const row = await transaction.getDeployment(deploymentId);
      await transaction.removeAttachment(this.#attachment.id);
      if (row === undefined || !andDelete) return false;
      const attachments = await transaction.listAttachments(deploymentId);
      if (attachments.some(({ leaseExpiresAtMs }) => leaseExpiresAtMs > transaction.nowMs)) return false;
      await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: transaction.nowMs });
      await eventsOf(transaction)("deployment-delete", "intent", { deploymentId });
      return true;
    });
  }

  async #renew(options: CallOptions): Promise<void> {
    const { outstanding, waiting, outstandingByNode } = this.#pool.router.load;
    this.#attachment.outstanding = outstanding + waiting;
    const names = this.#pool.nodes.map(({ name }) => name);
    this.#attachment.nodesInUse = [...new Set([...names, ...outstandingByNode.keys()])];
    await this.#store.transaction(async (transaction) => {
      if ((await transaction.getDeployment(this.#deploymentId)) === undefined) return;
      await transaction.putAttachment(this.#attachment.row(this.#deploymentId, transaction));
    }, options);
  }
}
