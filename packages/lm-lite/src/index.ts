// Deploying and connecting
export type { LMLiteConnectOptions, LMLiteDeployOptions } from "./deploy-options.ts";
export type { LMLiteStopOptions, LMLiteUntilReadyOptions } from "./lm-lite-block.ts";
export { LMLiteBlock } from "./lm-lite-block.ts";
export { LM_LITE } from "./runtime-profile.ts";

// Asking
export type { InferenceBlock, InferenceBlockOptions } from "./inference-block.ts";
export type { Message, ToolCall } from "./messages.ts";
export type { ChatRequest, GenerateRequest, GenerationOptions } from "./requests.ts";

// Answers
export type {
  AnsweringNode,
  FinishReason,
  ObjectStreamEvent,
  StreamEvent,
  TextResponse,
  ValueResponse,
} from "./responses.ts";

// Errors
export type { ContentRefusedErrorOptions } from "./errors/content-refused-error.ts";
export { ContentRefusedError } from "./errors/content-refused-error.ts";
export type { EndpointErrorOptions } from "./errors/endpoint-error.ts";
export { EndpointError } from "./errors/endpoint-error.ts";
export { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
export { EngineNotFoundError } from "./errors/engine-not-found-error.ts";
export type { GenerationFailedErrorOptions } from "./errors/generation-failed-error.ts";
export { GenerationFailedError } from "./errors/generation-failed-error.ts";
export { InvalidApiKeyError } from "./errors/invalid-api-key-error.ts";
export { InvalidBaseUrlError } from "./errors/invalid-base-url-error.ts";
export { InvalidModelConfigError } from "./errors/invalid-model-config-error.ts";
export { InvalidRequestError } from "./errors/invalid-request-error.ts";
export { ModelNotServedError } from "./errors/model-not-served-error.ts";
export type { OutputCheckFailedErrorOptions } from "./errors/output-check-failed-error.ts";
export { OutputCheckFailedError } from "./errors/output-check-failed-error.ts";
export type { OutputTruncatedErrorOptions } from "./errors/output-truncated-error.ts";
export { OutputTruncatedError } from "./errors/output-truncated-error.ts";
export { UnknownModelSizeError } from "./errors/unknown-model-size-error.ts";
