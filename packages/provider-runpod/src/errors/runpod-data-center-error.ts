import { ProviderError } from "@conduit/types";

/** The network volume lies in none of the data centres that pods may run in. */
export class RunpodDataCenterError extends ProviderError {
  static override readonly code = "RUNPOD_DATA_CENTER";
  override readonly code = RunpodDataCenterError.code;

  constructor(volumeId: string, found: string, wanted: readonly string[]) {
    super(
      `expected network volume ${volumeId} to lie in ${wanted.join(" or ")}, but it lies in ${found}; ` +
        `name ${found} in dataCenterIds, or another volume`,
      { provider: "RUNPOD", outcome: "none", retry: "never" },
    );
  }
}
