import type { Fault } from "../stand-in/fault.ts";

const lostAnswer: Fault = { kind: "create-answer-lost" };

/** Within the window in which the stand-in of a case says that nodes appear. */
const LATE_MS = 800;
/** Long after it: a provider that does not keep its word. */
const TOO_LATE_MS = 120_000;

/** What goes wrong at the provider while an operation is interrupted: nothing, or one of these. */
export const faultSets: readonly (readonly Fault[])[] = [
  [],
  [lostAnswer],
  [{ kind: "create-request-lost" }],
  [{ kind: "create-refused", offeringId: "small", times: 2 }],
  [{ kind: "node-appears-late", delayMs: LATE_MS, times: 9 }],
  [lostAnswer, { kind: "node-appears-late", delayMs: LATE_MS }],
  [lostAnswer, { kind: "node-appears-late", delayMs: TOO_LATE_MS }],
  [{ kind: "price-raised", byMicroDollarsPerHour: 200_000 }],
  [{ kind: "node-dies", afterMs: 1_000, leaves: "failed" }],
  [{ kind: "node-dies", afterMs: 1_000, leaves: "nothing" }],
  [{ kind: "terminate-ignored", times: 2 }],
  [{ kind: "terminate-answer-lost" }],
  [{ kind: "list-fails", times: 2 }],
  [{ kind: "account-changed", skip: 1, times: 2 }],
  [{ kind: "unauthorized", skip: 3, times: 2 }],
];
