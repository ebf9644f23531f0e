/** Label of everything that belongs to a node, with its name. */
export const NODE_LABEL = "conduit.node";
/** Label of a claim, with the name of its node. */
export const CLAIM_LABEL = "conduit.claim";
/** Unique to the attempt that made a claim. */
export const ATTEMPT_LABEL = "conduit.attempt";
/** The process that created the node, where it can be looked up. */
export const CREATOR_LABEL = "conduit.creator";
export const CREATED_LABEL = "conduit.created-at-ms";
/** UUIDs of the node's GPUs, with commas. */
export const GPUS_LABEL = "conduit.gpus";
export const IMAGE_DIGEST_LABEL = "conduit.image-digest";
/** Ports of the workload by name, as JSON; the first one first. */
export const PORTS_LABEL = "conduit.ports";
/** Why the node of a claim will never have a container. */
export const FAILURE_LABEL = "conduit.failure";

export type Labels = Readonly<Record<string, string>>;
