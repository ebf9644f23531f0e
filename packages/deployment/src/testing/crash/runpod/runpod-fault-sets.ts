import type { Fault } from "@conduit/provider-runpod/testing";

const lostAnswer: Fault = { kind: "answer-lost", operation: "createPod" };

/** Within the window in which the provider of a case says that pods appear. */
const LATE_MS = 800;
/** Long after it: a RunPod that is slower than anybody has seen. */
const TOO_LATE_MS = 120_000;
/** Many looks at a pod. */
const SLOW_MS = 20_000;
/** When a pod is up, and has not been for long. */
const DEATH_MS = 1_000;

/**
 * What RunPod is known for, and what any API does: nothing, or one of these. What only stops and starts meet has even numbers, as these
 * operations have: a sample takes every second.
 */
export const runpodFaultSets: readonly (readonly Fault[])[] = [
  [],
  [{ kind: "fails-after", operation: "createPod" }],
  [{ kind: "fails-before", operation: "createPod", times: 2 }],
  [lostAnswer],
  [{ kind: "request-lost", operation: "createPod" }],
  [{ kind: "create-refused", gpuTypeId: "NVIDIA L4", times: 2 }],
  [{ kind: "create-refused", reason: "no-access", gpuTypeId: "NVIDIA L4", times: 2 }],
  [{ kind: "pod-appears-late", delayMs: LATE_MS, times: 9 }],
  [lostAnswer, { kind: "pod-appears-late", delayMs: LATE_MS }],
  [lostAnswer, { kind: "pod-appears-late", delayMs: TOO_LATE_MS }],
  [{ kind: "slow-provisioning", byMs: SLOW_MS, times: 9 }],
  [{ kind: "price-raised", byMicroDollarsPerHour: 200_000 }],
  [{ kind: "pod-dies", afterMs: DEATH_MS, leaves: "error" }],
  [{ kind: "pod-dies", afterMs: DEATH_MS, leaves: "exited" }],
  [{ kind: "gpu-gone", start: "refused" }],
  [{ kind: "pod-dies", afterMs: DEATH_MS, leaves: "nothing" }],
  [{ kind: "gpu-gone", start: "without-gpu" }],
  [{ kind: "terminate-not-found", times: 2 }],
  [{ kind: "answer-lost", operation: "podAction" }],
  [{ kind: "terminate-ignored", times: 2 }],
  [{ kind: "terminated-lingers", forMs: LATE_MS, times: 9 }],
  [{ kind: "answer-lost", operation: "deletePod" }],
  [{ kind: "list-breaks-off", times: 2 }],
  // More than a call bears with, and the calls after it, too.
  [{ kind: "rate-limited", retryAfterSeconds: 12, skip: 2, times: 9 }],
  [{ kind: "account-changed", skip: 1, times: 2 }],
  [{ kind: "unauthorized", skip: 3, times: 2 }],
];
