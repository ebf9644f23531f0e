import type { AttachmentRow } from "@conduit/types";
import type { Clock } from "../clock.ts";
import { hasEnded } from "../process-identity.ts";
import { NOTICE_MS } from "./judge-node.ts";

/** Time in milliseconds after which another look at a late attachment counts. */
export const LATE_LOOK_INTERVAL_MS = 2_000;
/** Looks at a late attachment, beside the first, after which it is over: together they take as long as two renewals. */
const LATE_LOOKS = Math.ceil(NOTICE_MS / LATE_LOOK_INTERVAL_MS);

interface LateAttachment {
  readonly leaseExpiresAtMs: number;
  readonly lookedAtMs: number;
  readonly looks: number;
}

/**
 * Tells attachments that are over from those that are late. After the machine was suspended, or somebody was who kept the database to himself,
 * nobody had been able to renew anything: whoever comes first then would take for garbage what all others use. So a lease that is over is looked
 * at several times, with time between, and what is renewed meanwhile was only late.
 */
export class AttachmentWatch {
  readonly #clock: Pick<Clock, "nowMs">;
  #late: ReadonlyMap<string, LateAttachment> = new Map();
  #endedIds: ReadonlySet<string> = new Set();

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /**
   * Takes one look.
   *
   * @param attachments - All that are to be told apart later.
   * @param storeNowMs - The store's time when they were read.
   */
  async look(attachments: readonly AttachmentRow[], storeNowMs: number): Promise<void> {
    const ended = await Promise.all(attachments.map((each) => hasEnded(each.process)));
    this.#endedIds = new Set(attachments.filter((_, index) => ended[index]).map(({ id }) => id));
    const late = attachments.filter((each) => each.leaseExpiresAtMs <= storeNowMs);
    this.#late = new Map(late.map((each) => [each.id, this.#afterLook(each)]));
  }

  /** Whether nobody uses the deployment by it any more: its process has ended for certain, or has not renewed it through all looks. */
  isOver({ id, leaseExpiresAtMs }: AttachmentRow, storeNowMs: number): boolean {
    if (this.#endedIds.has(id)) return true;
    const late = this.#late.get(id);
    return (
      late !== undefined &&
      late.looks > LATE_LOOKS &&
      late.leaseExpiresAtMs === leaseExpiresAtMs &&
      leaseExpiresAtMs <= storeNowMs
    );
  }

  /** Whether only further looks can tell. */
  isLate(attachment: AttachmentRow, storeNowMs: number): boolean {
    return attachment.leaseExpiresAtMs <= storeNowMs && !this.isOver(attachment, storeNowMs);
  }

  #afterLook({ id, leaseExpiresAtMs }: AttachmentRow): LateAttachment {
    const nowMs = this.#clock.nowMs();
    const before = this.#late.get(id);
    if (before?.leaseExpiresAtMs !== leaseExpiresAtMs) {
      return { leaseExpiresAtMs, lookedAtMs: nowMs, looks: 1 };
    }
    // Looks in quick succession are as good as one.
    if (nowMs - before.lookedAtMs < LATE_LOOK_INTERVAL_MS) return before;
    return { leaseExpiresAtMs, lookedAtMs: nowMs, looks: before.looks + 1 };
  }
}
