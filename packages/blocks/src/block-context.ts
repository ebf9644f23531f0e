import type { BlockEvent, Schema } from "@conduit/types";

/** What a block may tell while it runs; the result is told for it. */
export type EmittedEvent<O extends Schema = Schema> = Exclude<BlockEvent<O>, { readonly type: "result" }>;

/** What a running block has besides its data. */
export interface BlockContext<O extends Schema = Schema> {
  /** Fires when nobody waits for the result any more; work and what it started should end then. */
  readonly signal: AbortSignal;
  /** Whether anybody reads partial results; a block that pays for making them may leave them out where nobody does. */
  readonly readsPartials: boolean;
  /** Tells the reader of `stream` something; does nothing under `run` and after the end. May be detached from its object. */
  emit(event: EmittedEvent<O>): void;
}

/** The context of one `run`: nobody reads events, and a signal is made only for a block that looks at it. */
export class RunContext implements BlockContext {
  readonly readsPartials = false;
  #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  emit(_event: EmittedEvent): void {}
}
