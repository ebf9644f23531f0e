/** How often, and from when on, something goes wrong. */
export interface FaultTimes {
  /** Number of calls that go wrong. Default 1. */
  readonly times?: number | undefined;
  /** Number of calls before these that go well. Default 0. */
  readonly skip?: number | undefined;
}

/** What goes wrong at a stand-in. The calls of all processes that share its folder are counted together. */
export type Fault = FaultTimes &
  (
    | { readonly kind: "create-answer-lost" }
    | { readonly kind: "create-request-lost" }
    /** No machine of that kind is left. Default: of any kind. */
    | { readonly kind: "create-refused"; readonly offeringId?: string | undefined }
    /** The node appears only that long after it was created. */
    | { readonly kind: "node-appears-late"; readonly delayMs: number }
    /** The node is worth more than its offering says. */
    | { readonly kind: "price-raised"; readonly byMicroDollarsPerHour: number }
    /**
     * The node ends that long after it was created, and stays listed as failed, or leaves nothing. One that stays as stopped, as after exit
     * code 0, does so after each start.
     */
    | {
        readonly kind: "node-dies";
        readonly afterMs: number;
        readonly leaves: "failed" | "nothing" | "stopped";
      }
    | { readonly kind: "terminate-ignored" }
    | { readonly kind: "terminate-answer-lost" }
    | { readonly kind: "list-fails" }
    /** A process has the key of another account, which knows none of the nodes. Counts providers, as processes make them. */
    | { readonly kind: "account-changed" }
    /** The key is refused. Counts calls of every kind. */
    | { readonly kind: "unauthorized" }
  );

export type FaultKind = Fault["kind"];

export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
