import type { ProviderNodeStatus } from "@conduit/types";

/** What a status of RunPod's means. */
export interface PodStatusMeaning {
  /** `undefined`: there is no such node any more. */
  readonly status: ProviderNodeStatus | undefined;
  /** What RunPod is busy with. */
  readonly progress?: string;
}

/**
 * Every status that RunPod documents. A pod that is `TERMINATED` is deleted for good and costs nothing, so that it counts as gone, and not as
 * one that somebody has to wait for.
 */
export const POD_STATUSES: Readonly<Record<string, PodStatusMeaning>> = {
  PROVISIONING: { status: "creating", progress: "RunPod looks for a machine" },
  STARTING: { status: "creating", progress: "its image is pulled, or its container starts" },
  RUNNING: { status: "running" },
  EXITED: { status: "stopped" },
  ERROR: { status: "failed" },
  TERMINATED: { status: undefined },
};

/** What a pod's status means. One that RunPod has added since is neither ready nor gone, whatever it is. */
export function meaningOf(status: string): PodStatusMeaning {
  return POD_STATUSES[status] ?? { status: "creating", progress: `RunPod says that it is ${status}` };
}
