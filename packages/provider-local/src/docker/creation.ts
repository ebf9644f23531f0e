import type { NodeSpec } from "@conduit/types";
import { localError } from "../local-error.ts";
import type { GpuDevice } from "./gpu/gpu-device.ts";
import type { HostSettings } from "./host-settings.ts";
import { ATTEMPT_LABEL, type Labels } from "./labels.ts";
import type { NodeClaim } from "./node-claim.ts";

/** A node that this process creates, until its container runs or never will. */
export interface Creation {
  readonly spec: NodeSpec;
  /** Unique to it; on its claim and its container. */
  readonly attempt: string;
  readonly host: HostSettings;
  readonly abort: AbortController;
  progress: string;
  /** Labels of claim and container. */
  labels: Labels;
  gpus: readonly GpuDevice[];
  /** Its end in the background, once it goes on there; never rejects. */
  finished?: Promise<void>;
}

/** All creations of this process, whichever provider began them, by their attempt. */
const creations = new Map<string, Creation>();

export function rememberCreation(creation: Creation): void {
  creations.set(creation.attempt, creation);
}

export function forgetCreation({ attempt }: Creation): void {
  creations.delete(attempt);
}

/** What the node of a claim is busy with, where this process creates it. */
export function progressOf({ labels }: NodeClaim): string | undefined {
  return creations.get(labels[ATTEMPT_LABEL] ?? "")?.progress;
}

/** Ends the pull for a node, where this process creates it; returns once nothing more comes of it. */
export async function abortCreation({ name, labels }: NodeClaim): Promise<void> {
  const creation = creations.get(labels[ATTEMPT_LABEL] ?? "");
  creation?.abort.abort(localError(`node ${name} was terminated`));
  await creation?.finished;
}
