import type { AttachmentRow, CallOptions, StateStore, StateTransaction } from "@conduit/types";
import type { Attachment } from "./attachment.ts";
import { AttachmentRenewal } from "./attachment-renewal.ts";
import type { Clock } from "./clock.ts";
import { eventsOf } from "./event.ts";
import type { NodePool } from "./node-pool.ts";
import { AttachmentWatch, LATE_LOOK_INTERVAL_MS } from "./reconcile/attachment-watch.ts";

interface MembershipParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly deploymentId: string;
  readonly attachment: Attachment;
  /** What the process uses of the deployment. */
  readonly pool: NodePool;
}

/** What comes of leaving: whether the deployment goes too, or whose attachments have to be looked at before that is known. */
type Leaving =
  | { readonly isLast: boolean }
  | { readonly others: readonly AttachmentRow[]; readonly nowMs: number };

/** Keeps up that this process uses a deployment, with what it uses of it. */
export class Membership {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #deploymentId: string;
  readonly #attachment: Attachment;
  readonly #pool: NodePool;
  readonly #renewal: AttachmentRenewal;

  constructor({ store, clock, deploymentId, attachment, pool }: MembershipParts) {
    this.#store = store;
    this.#clock = clock;
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
    const watch = new AttachmentWatch(this.#clock);
    for (;;) {
      const leaving = await this.#store.transaction((transaction) =>
        this.#leaveIn(transaction, andDelete, watch),
      );
      if ("isLast" in leaving) return leaving.isLast;
      const { others, nowMs } = leaving;
      await watch.look(others, nowMs);
      if (others.some((each) => watch.isLate(each, nowMs))) await this.#clock.sleep(LATE_LOOK_INTERVAL_MS);
    }
  }

  async #leaveIn(
    transaction: StateTransaction,
    andDelete: boolean,
    watch: AttachmentWatch,
  ): Promise<Leaving> {
    const { nowMs } = transaction;
    const deploymentId = this.#deploymentId;
    const row = andDelete ? await transaction.getDeployment(deploymentId) : undefined;
    const attachments = row === undefined ? [] : await transaction.listAttachments(deploymentId);
    const others = attachments.filter(({ id }) => id !== this.#attachment.id);
    const isUsed = others.some((each) => each.leaseExpiresAtMs > nowMs);
    if (!isUsed && others.some((each) => !watch.isOver(each, nowMs))) return { others, nowMs };
    await transaction.removeAttachment(this.#attachment.id);
    if (row === undefined || isUsed) return { isLast: false };
    await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: nowMs });
    await eventsOf(transaction)("deployment-delete", "intent", { deploymentId });
    return { isLast: true };
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
