import { type Static, Type } from "typebox";

/** The program that serves models on a node. */
export const Runtime = Type.Enum(["LM_LITE"]);
export type Runtime = Static<typeof Runtime>;

/** Who lends the machines. */
export const ComputeProviderName = Type.Enum(["LOCAL", "RUNPOD"]);
export type ComputeProviderName = Static<typeof ComputeProviderName>;

/** How the nodes of a deployment run: as processes of this machine, or as containers. */
export const DeploymentType = Type.Enum(["PROCESS", "CONTAINER"]);
export type DeploymentType = Static<typeof DeploymentType>;

export const DeploymentStatus = Type.Enum(["DEPLOYING", "DEPLOYED", "STOPPED", "FAILED", "DELETING"]);
export type DeploymentStatus = Static<typeof DeploymentStatus>;

/**
 * Asked for (`PROVISIONING`), taken on by the provider (`PROVISIONED`), ready once (`DEPLOYED`), stopped, no good any more (`FAILED`), or to be
 * ended (`DELETING`), which nothing reverses.
 */
export const NodeStatus = Type.Enum([
  "PROVISIONING",
  "PROVISIONED",
  "DEPLOYED",
  "STOPPED",
  "FAILED",
  "DELETING",
]);
export type NodeStatus = Static<typeof NodeStatus>;

/** NVIDIA's generations, oldest first, and AMD's data-centre line. */
export const GpuArchitecture = Type.Enum([
  "VOLTA",
  "TURING",
  "AMPERE",
  "ADA",
  "HOPPER",
  "BLACKWELL",
  "CDNA3",
]);
export type GpuArchitecture = Static<typeof GpuArchitecture>;

/** How GPUs of one machine reach each other: their own links, AMD's links, or the bus of the machine. */
export const GpuInterconnect = Type.Enum(["NVLINK", "INFINITY_FABRIC", "PCIE"]);
export type GpuInterconnect = Static<typeof GpuInterconnect>;
