import type { Alignment } from "../align/alignment.ts";
import type { PartialDelta } from "./partial-delta.ts";

/** What all that grows in one answer has in common. */
export interface Stage {
  readonly alignment: Alignment;
  /** What changed since the last push. */
  deltas: PartialDelta[];
}
