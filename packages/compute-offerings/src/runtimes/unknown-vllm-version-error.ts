import { ConduitError } from "@conduit/types";

/** A version of vLLM whose use of memory is not known here. */
export class UnknownVllmVersionError extends ConduitError {
  static readonly code = "UNKNOWN_VLLM_VERSION";
  readonly code = "UNKNOWN_VLLM_VERSION";
  declare readonly version: string;

  constructor(version: string, oldest: string) {
    super(
      `Expected a version of vLLM from ${oldest} on, such as 0.19.0, found "${version}". Name the image's version.`,
    );
    this.version = version;
  }
}
