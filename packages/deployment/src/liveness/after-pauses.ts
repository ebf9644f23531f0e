import { setTimeout as delay } from "node:timers/promises";
import { PauseWatch } from "./pause-watch.ts";

type Work = () => Promise<void>;

const LOOK_INTERVAL_MS = 500;
const LONG_PAUSE_MS = 5_000;
/** Longest time in milliseconds that anybody waits for what is due after a pause. */
const PATIENCE_MS = 2_000;

/** What this process does as soon as it runs again after it did not for a while; one timer for all. */
const due = new Set<Work>();
let watch = new PauseWatch(LONG_PAUSE_MS);
let timer: NodeJS.Timeout | undefined;
let underWay: Promise<unknown> | undefined;

/** From now on does something after each pause. Does not keep the process alive. */
export function afterPauses(work: Work): void {
  due.add(work);
  if (timer !== undefined) return;
  watch = new PauseWatch(LONG_PAUSE_MS);
  timer = setInterval(() => void untilOverPause(), LOOK_INTERVAL_MS);
  timer.unref();
}

export function forgetPauses(work: Work): void {
  due.delete(work);
  if (due.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Resolves when what is due after a pause has been done, or has taken too long; at once where there was none. Never rejects. */
export async function untilOverPause(): Promise<void> {
  if (due.size > 0 && watch.look()) {
    const all = Promise.allSettled([...due].map((work) => work()));
    const current = Promise.race([all, delay(PATIENCE_MS, undefined, { ref: false })]);
    underWay = current;
    await current;
    if (underWay === current) underWay = undefined;
  } else await underWay;
}
