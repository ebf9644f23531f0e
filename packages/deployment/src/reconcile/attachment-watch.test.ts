import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttachmentRow } from "@conduit/types";
import { processIdentity } from "../process-identity.ts";
import { AttachmentWatch, LATE_LOOK_INTERVAL_MS } from "./attachment-watch.ts";

const NOW_MS = 100_000;
/** More than enough to tell. */
const MANY = 10;

function attachmentOf(leaseExpiresAtMs: number, process?: string): AttachmentRow {
  return { id: "a", deploymentId: "d", host: "elsewhere", pid: 7, process, outstanding: 0, leaseExpiresAtMs };
}

/** A watch whose time passes by looking. */
function watchWithClock() {
  let nowMs = 0;
  const watch = new AttachmentWatch({ nowMs: () => nowMs });
  return {
    watch,
    lookAfter: (durationMs: number, attachment: AttachmentRow) => {
      nowMs += durationMs;
      return watch.look([attachment], NOW_MS);
    },
  };
}

test("an attachment that nobody renews is late at first, and over after several looks with time between", async () => {
  const { watch, lookAfter } = watchWithClock();
  const attachment = attachmentOf(NOW_MS - 1);
  await lookAfter(0, attachment);
  assert.equal(watch.isOver(attachment, NOW_MS), false);
  assert.equal(watch.isLate(attachment, NOW_MS), true);
  for (let look = 0; look < MANY; look++) await lookAfter(0, attachment);
  assert.equal(watch.isOver(attachment, NOW_MS), false, "looks in quick succession say nothing");
  let looks = 0;
  while (!watch.isOver(attachment, NOW_MS) && looks < MANY) {
    await lookAfter(LATE_LOOK_INTERVAL_MS, attachment);
    looks++;
  }
  assert.equal(looks, 3);
  assert.equal(watch.isLate(attachment, NOW_MS), false);
});

test("one long pause, as of a suspended machine, makes nothing over", async () => {
  const { watch, lookAfter } = watchWithClock();
  const attachment = attachmentOf(NOW_MS - 1);
  await lookAfter(0, attachment);
  await lookAfter(3_600_000, attachment);
  assert.equal(watch.isOver(attachment, NOW_MS), false);
});

test("what is renewed between the looks was only late, also where it is late again", async () => {
  const { watch, lookAfter } = watchWithClock();
  for (let look = 0; look < MANY; look++) {
    await lookAfter(LATE_LOOK_INTERVAL_MS, attachmentOf(NOW_MS - MANY + Math.floor(look / 3)));
  }
  assert.equal(watch.isOver(attachmentOf(NOW_MS - MANY + 3), NOW_MS), false);
});

test("what was renewed after the last look is not over", async () => {
  const { watch, lookAfter } = watchWithClock();
  const attachment = attachmentOf(NOW_MS - 1);
  for (let look = 0; look < MANY; look++) await lookAfter(LATE_LOOK_INTERVAL_MS, attachment);
  assert.equal(watch.isOver(attachment, NOW_MS), true);
  assert.equal(watch.isOver(attachmentOf(NOW_MS + 1), NOW_MS), false);
  assert.equal(watch.isOver(attachmentOf(NOW_MS - 0.5), NOW_MS), false);
});

test("an attachment of a process that has ended is over at once, one of a living process only when it is late", async () => {
  const { watch, lookAfter } = watchWithClock();
  const own = await processIdentity();
  const living = attachmentOf(NOW_MS + 1, own);
  await lookAfter(0, living);
  assert.equal(watch.isOver(living, NOW_MS), false);
  assert.equal(watch.isLate(living, NOW_MS), false);
  const ended = attachmentOf(NOW_MS + 1, own?.replace(/ \d+ (\d+)$/u, " 1 $11"));
  await lookAfter(0, ended);
  assert.equal(watch.isOver(ended, NOW_MS), own !== undefined);
});
