import { ProviderError } from "@conduit/types";

/** The program of a node finds no GPU that it can use, on a machine that was taken for its GPUs. */
export class NoGpuError extends ProviderError {
  static override readonly code = "NO_GPU";
  override readonly code = NoGpuError.code;
  readonly nodeName: string;

  constructor(nodeName: string, log: string) {
    super(
      `expected the program of ${nodeName} to use a GPU, but it can use none; look whether nvidia-smi works on the machine, and in a container ` +
        `of it (docker run --gpus all), and whether the driver is new enough, or take an offering without GPUs${log}`,
      { provider: "LOCAL", outcome: "none", retry: "next-offering" },
    );
    this.nodeName = nodeName;
  }
}
