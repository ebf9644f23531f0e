import type { AttachmentRow, CallOptions, StateStore, StateTransaction } from "@conduit/types";
import type { Attachment } from "./attachment.ts";
import { AttachmentRenewal } from "./attachment-renewal.ts";
import type { Clock } from "./clock.ts";
import { eventsOf } from "./event.ts";
import type { NodePool } from "./node-pool.ts";
import { Patience } from "./patience.ts";
import { AttachmentWatch, LATE_LOOK_INTERVAL_MS } from "./reconcile/attachment-watch.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";

interface MembershipParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly deploymentId: string;
  readonly attachment: Attachment;
  /** What the process uses of the deployment. */
  readonly pool: NodePool;
}

/** What comes of leaving: whether the deployment goes too, or what has to be waited for before that is known. */
type Leaving =
  | { readonly isLast: boolean }
  | { readonly waitsFor: "others-to-hold-nodes" }
  | {
      readonly waitsFor: "late-attachments";
      readonly others: readonly AttachmentRow[];
      readonly nowMs: number;
    };

/** Longest time in milliseconds that other programs have to hold what would end without this one: they look at the rows several times within it. */
const HAND_OVER_LIMIT_MS = 3 * NOTICE_MS;
const HAND_OVER_LOOK_INTERVAL_MS = 250;

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

  /**
   * Takes the attachment back. With `endsWithLast`, a deployment that nobody else uses goes too, and where others do, they get the time to hold
   * nodes that only this process does; whether the deployment goes.
   */
  async leave({ endsWithLast }: { readonly endsWithLast: boolean }): Promise<boolean> {
    await this.end();
    const watch = new AttachmentWatch(this.#clock);
    const patience = new Patience(this.#clock, HAND_OVER_LIMIT_MS);
    for (;;) {
      const leaving = await this.#store.transaction((transaction) =>
        endsWithLast ? this.#leaveAsHolder(transaction, watch, patience) : this.#detach(transaction),
      );
      if ("isLast" in leaving) return leaving.isLast;
      if (leaving.waitsFor === "others-to-hold-nodes") {
        patience.endsWhile(true);
        await this.#clock.sleep(HAND_OVER_LOOK_INTERVAL_MS);
        continue;
      }
      const { others, nowMs } = leaving;
      await watch.look(others, nowMs);
      if (others.some((each) => watch.isLate(each, nowMs))) await this.#clock.sleep(LATE_LOOK_INTERVAL_MS);
    }
  }

  async #detach(transaction: StateTransaction): Promise<Leaving> {
    await transaction.removeAttachment(this.#attachment.id);
    return { isLast: false };
  }

  async #leaveAsHolder(
    transaction: StateTransaction,
    watch: AttachmentWatch,
    patience: Patience,
  ): Promise<Leaving> {
    const { nowMs } = transaction;
    const deploymentId = this.#deploymentId;
    const row = await transaction.getDeployment(deploymentId);
    if (row === undefined) return this.#detach(transaction);
    const attachments = await transaction.listAttachments(deploymentId);
    const others = attachments.filter(({ id }) => id !== this.#attachment.id);
    const living = others.filter((each) => each.leaseExpiresAtMs > nowMs);
    if (living.length > 0) {
      const isHeld = patience.isOver || (await this.#areHeldBy(living, transaction));
      return isHeld ? this.#detach(transaction) : { waitsFor: "others-to-hold-nodes" };
    }
    if (others.some((each) => !watch.isOver(each, nowMs))) {
      return { waitsFor: "late-attachments", others, nowMs };
    }
    await this.#detach(transaction);
    await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: nowMs });
    await eventsOf(transaction)("deployment-delete", "intent", { deploymentId });
    return { isLast: true };
  }

  /** Whether others hold all nodes that are to stay and that this process holds; who does not say what it holds, is not waited for. */
  async #areHeldBy(others: readonly AttachmentRow[], transaction: StateTransaction): Promise<boolean> {
    if (others.every(({ nodesInUse }) => nodesInUse === undefined)) return true;
    const held = new Set(others.flatMap(({ nodesInUse = [] }) => nodesInUse));
    const rows = await transaction.listNodes(this.#deploymentId);
    return rows
      .filter(({ name, status }) => status !== "DELETING" && this.#pool.get(name)?.isHeld === true)
      .every(({ name }) => held.has(name));
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
