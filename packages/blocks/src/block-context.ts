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

  /** Whether the signal can fire. */
  get isGiven(): boolean {
    return this.#isGiven;
  }

  emit(_event: EmittedEvent): void {}
}

/** Whether there is a signal that can fire, found out without making one. */
export function hasSignal(context: Pick<BlockContext, "signal">): boolean {
  return !(context instanceof QuietContext) || context.isGiven;
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
  return {
    get signal() {
      return replaced.signal ?? context.signal;
    },
    readsPartials: replaced.readsPartials ?? context.readsPartials,
    emit: replaced.emit ?? context.emit,
    watched: replaced.watched ?? context.watched,
  };
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
