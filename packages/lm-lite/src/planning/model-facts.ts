import type { PlannedModel } from "@conduit/compute-offerings";

/** What could be read of a model before it is deployed. */
export interface ModelFacts {
  /** Hugging Face id, or absolute path of a folder. */
  readonly id: string;
  /** What its memory is estimated from; absent where that could not be read, or is of a kind that is not known. */
  readonly planned?: PlannedModel | undefined;
  /** Why `planned` is absent. */
  readonly failure?: unknown;
  /** Bytes that an engine downloads for it, 0 for a folder; absent where that is not known. */
  readonly downloadBytes?: number | undefined;
}
