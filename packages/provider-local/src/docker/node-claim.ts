import type { CallOptions } from "@conduit/types";
import { localError } from "../local-error.ts";
import { type Daemon, isRefusal } from "./daemon.ts";
import { ATTEMPT_LABEL, CLAIM_LABEL, FAILURE_LABEL, type Labels } from "./labels.ts";

const MAX_FAILURE_LENGTH = 4_000;

/**
 * Stands for a node that has no container yet. Docker cannot create one before its image is there, and pulling that may take minutes:
 * until then an empty volume with the node's name shows everybody that the node is about to come.
 *
 * Whoever removes the claim decides: its creator, once the container is there, and starts it; or somebody who terminates the node, and
 * then the creator finds its claim gone and removes the container that it has not started.
 */
export interface NodeClaim {
  readonly name: string;
  readonly labels: Labels;
}

/**
 * It takes no signal: a claim that is given up half-way may still come.
 *
 * @throws ProviderError when there is a volume of that name.
 */
export async function makeClaim(daemon: Daemon, { name, labels }: NodeClaim): Promise<void> {
  await daemon.call({ what: `claim the name ${name}`, changes: true }, async (client, abortSignal) => {
    await client.createVolume({ Name: name, Labels: { ...labels }, abortSignal });
  });
  // Docker gives the volume that there was as if it were new.
  const made = await findClaim(daemon, name, {});
  if (made?.labels[ATTEMPT_LABEL] === labels[ATTEMPT_LABEL]) return;
  throw localError(
    `expected no node or Docker volume ${name}, but there is one; give every attempt a new name`,
  );
}

export async function findClaim(
  daemon: Daemon,
  name: string,
  options: CallOptions,
): Promise<NodeClaim | undefined> {
  const volume = await daemon.find(
    { ...options, what: `look at the volume ${name}`, changes: false },
    (client, abortSignal) => client.getVolume(name).inspect({ abortSignal }),
  );
  // Volumes without labels have null there.
  const labels: Labels = volume?.Labels ?? {};
  return labels[CLAIM_LABEL] === name ? { name, labels } : undefined;
}

export async function listClaims(daemon: Daemon, options: CallOptions): Promise<readonly NodeClaim[]> {
  const { Volumes: volumes } = await daemon.call(
    { ...options, what: "list claims", changes: false },
    (client, abortSignal) => client.listVolumes({ filters: { label: [CLAIM_LABEL] }, abortSignal }),
  );
  return (volumes ?? []).map(({ Name: name, Labels: labels }) => ({ name, labels }));
}

/** Removes a claim. Whether it was there. */
export async function removeClaim(daemon: Daemon, name: string, options: CallOptions): Promise<boolean> {
  if ((await findClaim(daemon, name, options)) === undefined) return false;
  try {
    await daemon.call(
      { ...options, what: `remove the claim on ${name}`, changes: true },
      (client, abortSignal) => client.getVolume(name).remove({ abortSignal }),
    );
    return true;
  } catch (error) {
    if (isRefusal(error, 404)) return false;
    throw error;
  }
}

/** Makes a claim that says why its node will never have a container. Labels cannot be changed, so the one before is gone by then. */
export function makeFailedClaim(daemon: Daemon, claim: NodeClaim, failure: string): Promise<void> {
  const labels = { ...claim.labels, [FAILURE_LABEL]: failure.slice(0, MAX_FAILURE_LENGTH) };
  return makeClaim(daemon, { ...claim, labels });
}
