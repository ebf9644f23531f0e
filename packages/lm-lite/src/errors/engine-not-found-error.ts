import { ConduitError } from "@conduit/types";

/** The LM Lite engine is not on this machine. */
export class EngineNotFoundError extends ConduitError {
  static readonly code = "ENGINE_NOT_FOUND";
  readonly code = EngineNotFoundError.code;
  /** Where it was looked for. */
  readonly searched: readonly string[];

  constructor(searched: readonly string[]) {
    super(
      `The lm-lite engine was not found (looked at ${searched.join(", ")}). ` +
        "Build it with `cargo build --release -p lm-lite` in native/, then set LM_LITE_BIN to it or put it on the PATH.",
    );
    this.searched = searched;
  }
}
