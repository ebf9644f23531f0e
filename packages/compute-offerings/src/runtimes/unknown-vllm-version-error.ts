import { ConduitError } from "@conduit/types";

/** A version of vLLM whose use of memory is not known here. */
export class UnknownVllmVersionError extends ConduitError {
  static readonly code = "UNKNOWN_VLLM_VERSION";
  readonly code = "UNKNOWN_VLLM_VERSION";
  declare readonly version: string;

  constructor(version: string, oldest: string) {
    super(
      `Expected a version of vLLM such as 0.19.0, at least ${oldest}, found "${version}". Name the version that the image runs.`,
    );
    this.version = version;
  }
}
