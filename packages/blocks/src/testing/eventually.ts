import { setTimeout as delay } from "node:timers/promises";

/** Waits until something holds, or throws what it threw last. */
export async function eventually(check: () => void | Promise<void>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(20);
  }
}
