import { ProviderError } from "@conduit/types";

/** A machine was asked for that this provider cannot have offered. */
export class RunpodOfferingUnknownError extends ProviderError {
  static override readonly code = "RUNPOD_OFFERING_UNKNOWN";
  override readonly code = RunpodOfferingUnknownError.code;
  readonly offeringId: string;

  constructor(offeringId: string) {
    super(
      `expected the id of an offering, such as "1x NVIDIA L4 SECURE", but found ${JSON.stringify(offeringId)}; ` +
        "take offerings from listOfferings",
      { provider: "RUNPOD", outcome: "none", retry: "never" },
    );
    this.offeringId = offeringId;
  }
}
