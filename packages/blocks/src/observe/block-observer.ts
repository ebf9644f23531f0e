import type { DescribedBlock } from "../describe/block-details.ts";
import type { EmittedEvent } from "../emitted-event.ts";

/** A block that starts. */
export interface BlockStart {
  readonly block: DescribedBlock;
  /** The data as they were given, perhaps not valid. */
  readonly data: unknown;
}

/** How a block ended: by its result, by what it threw, or because nobody waits for it any more. */
export type BlockOutcome =
  | { readonly type: "result"; readonly value: unknown }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "abort"; readonly reason: unknown };

/** What hears how one run of one block goes. What it throws goes to nobody and does not touch the run. */
export interface BlockWatch {
  /** A block starts as a part of this one. */
  part(start: BlockStart): BlockWatch;
  /** The block, or a part of it, tells something; usage also after the end, where work that was left behind tells of it. */
  event?(event: EmittedEvent): void;
  /** Does the block's work, for whoever has to be around it. Default: `work()`. */
  around?<T>(work: () => Promise<T>): Promise<T>;
  /** The block ends; comes once, and after the ends of its parts. */
  end(outcome: BlockOutcome): void;
}

/** What hears of blocks that run: of one run by its option `observers`, of all by {@link observeBlocks}. */
export interface BlockObserver {
  /** A block starts that is not a part of another one. */
  start(start: BlockStart): BlockWatch;
}
