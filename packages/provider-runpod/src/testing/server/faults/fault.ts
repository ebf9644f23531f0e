import type { ServedOperation } from "../api/served-operations.ts";

/** How often, and from when on, something goes wrong. */
export interface FaultTimes {
  /** Number of calls that go wrong. Default 1. */
  readonly times?: number | undefined;
  /** Number of calls before these that go well. Default 0. */
  readonly skip?: number | undefined;
}

interface OfOperation {
  /** Default: whatever is called. */
  readonly operation?: ServedOperation | undefined;
}

/** What goes wrong at a stand-in. The calls of all processes that share its folder are counted together. */
export type Fault = FaultTimes &
  (
    | ({ readonly kind: "request-lost" } & OfOperation)
    /** The connection breaks after the effect. */
    | ({ readonly kind: "answer-lost" } & OfOperation)
    /** Default status 500. */
    | ({ readonly kind: "fails-before"; readonly status?: number | undefined } & OfOperation)
    /** Fails with a status, by default 500, although it took effect. */
    | ({ readonly kind: "fails-after"; readonly status?: number | undefined } & OfOperation)
    /** A pod is not created, by default for want of a machine. Default: of any kind of GPU. */
    | {
        readonly kind: "create-refused";
        readonly gpuTypeId?: string | undefined;
        readonly reason?: "no-capacity" | "no-balance" | "no-access" | undefined;
      }
    /** The pod appears only that long after it was created: until then it is in no list, and 404 for whoever has its id. */
    | { readonly kind: "pod-appears-late"; readonly delayMs: number }
    | { readonly kind: "slow-provisioning"; readonly byMs: number }
    /** The pod costs more than the catalogue says. */
    | { readonly kind: "price-raised"; readonly byMicroDollarsPerHour: number }
    /** The pod ends that long after it was created, and stays listed, or leaves nothing. */
    | { readonly kind: "pod-dies"; readonly afterMs: number; readonly leaves: "exited" | "error" | "nothing" }
    /** A stopped pod finds its GPUs taken when it is started: the start is refused, or it runs without them. */
    | { readonly kind: "gpu-gone"; readonly start: "refused" | "without-gpu" }
    /** Says that the pod is gone, and does nothing. */
    | { readonly kind: "terminate-ignored" }
    /** Says that there is no such pod, which lives on. */
    | { readonly kind: "terminate-not-found" }
    /** A terminated pod answers for that long that it is TERMINATED, before it is not found. */
    | { readonly kind: "terminated-lingers"; readonly forMs: number }
    /** The connection breaks in the middle of a list of pods. */
    | { readonly kind: "list-breaks-off" }
    /** A list of pods lacks the newer half of them, and nothing says so. */
    | { readonly kind: "list-incomplete" }
    /** Counts calls of every kind. */
    | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
    /** The key is refused, by default with 401. Counts calls of every kind. */
    | { readonly kind: "unauthorized"; readonly status?: 401 | 403 | undefined }
    /**
     * From one question whose the key is until the next, it belongs to another account, which has none of the pods. Counts these questions, as
     * each process asks one.
     */
    | { readonly kind: "account-changed" }
  );

export type FaultKind = Fault["kind"];

export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
