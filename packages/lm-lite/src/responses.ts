import type { Repair } from "@conduit/mdl";
import type { OutputOf, Schema, Usage } from "@conduit/types";
import type { ToolCall } from "./messages.ts";

/** Why an answer ended. */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

/** Which node gave an answer. */
export interface AnsweringNode {
  readonly name: string;
  readonly baseUrl: string;
}

interface ResponseDetails {
  /** What the model thought before it answered, where it says so; otherwise empty. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly usage: Usage;
  readonly finishReason: FinishReason;
  readonly node: AnsweringNode;
}

/** Everything about an answer in text. */
export interface TextResponse extends ResponseDetails {
  readonly text: string;
}

/** Everything about an answer of a type. */
export interface ValueResponse<O extends Schema> extends ResponseDetails {
  readonly value: OutputOf<O>;
  /** What was repaired to get the value; empty where the engine constrains. */
  readonly repairs: readonly Repair[];
  /** What the model wrote, before it was parsed. */
  readonly text: string;
}

/** What a stream tells while the model writes; `response-finish` comes last. */
export type StreamEvent =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "response-finish"; readonly response: TextResponse };
