// Schemas: what users describe data with

// Blocks
export type { BlockEvent, DeepPartial } from "./block-event.ts";
export type { CallOptions } from "./call-options.ts";
export { ComputeOffering } from "./compute-offering.ts";
// Errors and calls
export type { ConduitErrorOptions, ErrorClass } from "./conduit-error.ts";
export { ConduitError } from "./conduit-error.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export type { LmLiteModelConfigInput, LmModelConfigInput } from "./lm-model-config.ts";
export { LmLiteModelConfig, LmModelConfig } from "./lm-model-config.ts";
// Models, machines and what runs on them
export {
  ComputeProviderName,
  DeploymentStatus,
  DeploymentType,
  GpuArchitecture,
  GpuInterconnect,
  NodeStatus,
  Runtime,
} from "./names.ts";
// Compute providers
export type {
  ComputeProvider,
  ListOfferingsOptions,
  LogOptions,
  NodeHold,
  NodeSpec,
  ProviderCapabilities,
  ProviderNode,
  ProviderNodeStatus,
} from "./provider/compute-provider.ts";
export { nodeEnvironment } from "./provider/node-environment.ts";
export type { NodeNameParts } from "./provider/node-name.ts";
export { formatNodeName, nodeNamePrefix, parseNodeName } from "./provider/node-name.ts";
export type { ProviderErrorOptions, ProviderOutcome, ProviderRetry } from "./provider/provider-error.ts";
export { ProviderError } from "./provider/provider-error.ts";
export type {
  ActivationContext,
  Mxfp4Padding,
  OverheadContext,
  RuntimePlanningProfile,
  RuntimeProfile,
} from "./runtime-profile.ts";
export type { CompiledSchema, SchemaCheck } from "./schema/compile-schema.ts";
export { compileSchema } from "./schema/compile-schema.ts";
export { InvalidSchemaError } from "./schema/invalid-schema-error.ts";
export type { InputOf, OutputOf, Schema } from "./schema/schema.ts";
export { isStandardJsonSchema } from "./schema/schema.ts";
export type { SchemaIssue } from "./schema/schema-issues.ts";
export type {
  StandardIssue,
  StandardJsonSchema,
  StandardJsonSchemaConverter,
  StandardProps,
  StandardResult,
} from "./schema/standard-schema.ts";
export { toStandardSchema } from "./schema/to-standard-schema.ts";
// State
export type {
  AttachmentRow,
  DeploymentRow,
  EventRow,
  LeaseRow,
  NodeRow,
  ReplicaScaling,
  TombstoneRow,
} from "./state/rows.ts";
export type { EventFilter, StateStore, StateTransaction } from "./state/state-store.ts";
export { addUsage, NO_USAGE, subtractUsage, Usage } from "./usage.ts";
export type {
  ContainerWorkload,
  HubDownload,
  ModelWorkload,
  ProcessCommand,
  WorkloadPort,
  WorkloadRequirements,
} from "./workload.ts";
