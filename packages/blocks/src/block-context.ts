import type { Schema } from "@conduit/types";
import type { EmittedEvent } from "./emitted-event.ts";
import type { WatchedRun } from "./observe/watched-run.ts";

/** What a running block has besides its data. */
export interface BlockContext<O extends Schema = Schema> {
  /** Fires when nobody waits for the result any more; work and what it started should end then. */
  readonly signal: AbortSignal;
  /** Whether anybody reads partial results; a block that pays for making them may leave them out where nobody does. */
  readonly readsPartials: boolean;
  /** Tells the reader of `stream` and observers something; does nothing where there are none. May be detached from its object. */
  emit(event: EmittedEvent<O>): void;
  /** @internal What hears of the parts of the block. */
  readonly watched?: WatchedRun | undefined;
}

/** The context of a `run`: a signal is made only for a block that looks at it. */
export class QuietContext implements BlockContext {
  readonly readsPartials = false;
  readonly watched = undefined;
  #signal: AbortSignal | undefined;
  readonly #isGiven: boolean;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#isGiven = signal !== undefined;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  get canAbort(): boolean {
    return this.#isGiven;
  }

  emit(_event: EmittedEvent): void {}
}

/** Whether there is a signal that can fire, found out without making one. */
export function hasSignal(context: Pick<BlockContext, "signal">): boolean {
  return !("canAbort" in context) || context.canAbort === true;
}

/** Throws the reason of a signal that has fired. */
export function throwIfAborted(context: Pick<BlockContext, "signal">): void {
  if (hasSignal(context)) context.signal.throwIfAborted();
}

/** The same context with something of it replaced. */
export function contextWith<O extends Schema>(
  context: BlockContext<O>,
  replaced: Partial<BlockContext<O>>,
): BlockContext<O> {
  return new DerivedContext(context, replaced);
}

/** A class: V8 gives each object literal that has a getter a hidden class of its own, which is slow and takes a kilobyte. */
class DerivedContext<O extends Schema> implements BlockContext<O> {
  readonly readsPartials: boolean;
  readonly emit: BlockContext<O>["emit"];
  readonly watched: WatchedRun | undefined;
  readonly #from: Pick<BlockContext<O>, "signal">;

  constructor(context: BlockContext<O>, replaced: Partial<BlockContext<O>>) {
    this.readsPartials = replaced.readsPartials ?? context.readsPartials;
    this.emit = replaced.emit ?? context.emit;
    this.watched = replaced.watched ?? context.watched;
    this.#from = replaced.signal === undefined ? context : { signal: replaced.signal };
  }

  get signal(): AbortSignal {
    return this.#from.signal;
  }

  get canAbort(): boolean {
    return hasSignal(this.#from);
  }
}

/** The context of a part whose partial results are not those of the whole. */
export function withoutPartials(context: BlockContext): BlockContext {
  if (!context.readsPartials) return context;
  const { emit } = context;
  return contextWith(context, {
    readsPartials: false,
    emit(event) {
      if (event.type !== "partial") emit(event);
    },
  });
}
