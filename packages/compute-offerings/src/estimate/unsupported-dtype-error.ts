import { ConduitError, type GpuArchitecture } from "@conduit/types";

/** A GPU cannot run weights of a format, also with what the runtime adds. */
export class UnsupportedDtypeError extends ConduitError {
  static readonly code = "UNSUPPORTED_DTYPE";
  readonly code = "UNSUPPORTED_DTYPE";
  declare readonly dtype: string;
  declare readonly architecture: GpuArchitecture;

  constructor(
    dtype: string,
    architecture: GpuArchitecture,
    runtime: string,
    able: readonly GpuArchitecture[],
  ) {
    const choice =
      able.length === 0 ? "another format or runtime" : `one of ${able.join(", ")}, or another format`;
    super(
      `Expected a GPU on which ${runtime} runs ${dtype} weights, found the architecture ${architecture}. Take ${choice}.`,
    );
    this.dtype = dtype;
    this.architecture = architecture;
  }
}
