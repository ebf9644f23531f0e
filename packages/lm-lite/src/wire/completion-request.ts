import type { JsonObject } from "@conduit/types";
import type { Message } from "../messages.ts";
import type { GenerationOptions } from "../requests.ts";

/** The body of `POST /v1/chat/completions`, in the part of it that Conduit sends. */
export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream: true;
  readonly stream_options: { readonly include_usage: true };
  readonly temperature?: number;
  readonly top_p?: number;
  readonly frequency_penalty?: number;
  readonly presence_penalty?: number;
  readonly repetition_penalty?: number;
  readonly logit_bias?: Readonly<Record<number, number>>;
  readonly max_tokens?: number;
  readonly stop?: string | readonly string[];
  readonly seed?: number;
  readonly response_format?: ResponseFormat;
  readonly chat_template_kwargs?: { readonly enable_thinking: boolean; readonly thinking: boolean };
}

/** Holds an answer to a JSON Schema. */
export interface ResponseFormat {
  readonly type: "json_schema";
  readonly json_schema: { readonly name: string; readonly schema: JsonObject; readonly strict: true };
}

/**
 * The wire form of a request. It always streams: an answer that takes minutes would otherwise be cut by whatever
 * stands between and waits for the first byte.
 */
export function toCompletionRequest(
  model: string,
  messages: readonly Message[],
  options: GenerationOptions,
): CompletionRequest {
  const { systemMessage, temperature, topP, maxTokens, stop, seed, reasoning } = options;
  const { frequencyPenalty, presencePenalty, repetitionPenalty, logitBias } = options;
  return {
    model,
    messages:
      systemMessage === undefined ? messages : [{ role: "system", content: systemMessage }, ...messages],
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(frequencyPenalty !== undefined && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== undefined && { presence_penalty: presencePenalty }),
    ...(repetitionPenalty !== undefined && { repetition_penalty: repetitionPenalty }),
    ...(logitBias !== undefined && { logit_bias: logitBias }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(stop !== undefined && { stop }),
    ...(seed !== undefined && { seed }),
    // Chat templates call it by one of two names, and ignore the other.
    ...(reasoning !== undefined && {
      chat_template_kwargs: { enable_thinking: reasoning, thinking: reasoning },
    }),
  };
}

/** The wire form of a constraint. */
export function toResponseFormat(schema: JsonObject): ResponseFormat {
  return { type: "json_schema", json_schema: { name: "output", schema, strict: true } };
}
