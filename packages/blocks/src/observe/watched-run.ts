import type { EmittedEvent } from "../emitted-event.ts";
import type { BlockObserver, BlockOutcome, BlockStart, BlockWatch } from "./block-observer.ts";

/** A run of a block that is observed: tells all who watch it, parts before the whole, and each end once. */
export class WatchedRun {
  readonly #watches: readonly BlockWatch[];
  readonly #parent: WatchedRun | undefined;
  readonly #openParts = new Set<WatchedRun>();
  #ended = false;

  private constructor(watches: readonly BlockWatch[], parent: WatchedRun | undefined) {
    this.#watches = watches;
    this.#parent = parent;
  }

  static start(observers: readonly BlockObserver[], start: BlockStart): WatchedRun {
    return new WatchedRun(
      told(observers, (observer) => observer.start(start)),
      undefined,
    );
  }

  part(start: BlockStart): WatchedRun {
    const part = new WatchedRun(
      told(this.#watches, (watch) => watch.part(start)),
      this,
    );
    this.#openParts.add(part);
    // A block that goes on although nobody waits for it has parts that nobody waits for.
    if (this.#ended) part.end({ type: "abort", reason: undefined });
    return part;
  }

  event(event: EmittedEvent): void {
    if (this.#ended && event.type !== "usage") return;
    told(this.#watches, (watch) => watch.event?.(event));
  }

  /** Does the work within all that watch it, and tells them how it ends. */
  async over<T>(work: () => Promise<T>, resultOf: (result: T) => unknown, signal: AbortSignal): Promise<T> {
    let around = work;
    for (const watch of this.#watches) {
      if (watch.around === undefined) continue;
      const inner = around;
      around = () => watch.around?.(inner) ?? inner();
    }
    try {
      const result = await around();
      this.end({ type: "result", value: resultOf(result) });
      return result;
    } catch (error) {
      const isAbort = signal.aborted && signal.reason === error;
      this.end(isAbort ? { type: "abort", reason: error } : { type: "error", error });
      throw error;
    }
  }

  end(outcome: BlockOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const reason = outcome.type === "abort" ? outcome.reason : undefined;
    for (const part of this.#openParts) part.end({ type: "abort", reason });
    this.#openParts.clear();
    if (this.#parent !== undefined) this.#parent.#openParts.delete(this);
    told(this.#watches, (watch) => watch.end(outcome));
  }
}

/** Tells everybody; who throws is left out of what follows, since a run must not depend on who watches it. */
function told<T, R>(listeners: readonly T[], tell: (listener: T) => R): R[] {
  const answers: R[] = [];
  for (const listener of listeners) {
    try {
      answers.push(tell(listener));
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error), { code: "CONDUIT_BLOCK_OBSERVER" });
    }
  }
  return answers;
}
