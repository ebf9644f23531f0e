import { ConduitError } from "@conduit/types";

/** A sequence longer than the model can hold was asked for. */
export class MaxModelLenError extends ConduitError {
  static readonly code = "MAX_MODEL_LEN";
  readonly code = "MAX_MODEL_LEN";
  declare readonly maxModelLen: number;
  /** Longest sequence of the model in tokens, scaled RoPE counted. */
  declare readonly maxPositionEmbeddings: number;

  constructor(maxModelLen: number, maxPositionEmbeddings: number) {
    super(
      `Expected maxModelLen to be at most ${maxPositionEmbeddings} with its RoPE scaling, found ${maxModelLen}. Lower it, or take another model.`,
    );
    this.maxModelLen = maxModelLen;
    this.maxPositionEmbeddings = maxPositionEmbeddings;
  }
}
