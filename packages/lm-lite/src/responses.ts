import type { MdlParseError, PartialDelta, Repair } from "@conduit/mdl";
import type { DeepPartial, InputOf, OutputOf, Schema, Usage } from "@conduit/types";
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
  /** Why the model would not answer, in its own words, where the endpoint sends them apart from the text. */
  readonly refusal?: string;
}

/** Everything about an answer of a type. */
export interface ValueResponse<O extends Schema> extends ResponseDetails {
  readonly value: OutputOf<O>;
  /** The same before the schema's own transformations. */
  readonly written: InputOf<O>;
  /** What was repaired to get the value; empty where the engine constrains. */
  readonly repairs: readonly Repair[];
  /** What the model wrote, reasoning aside, before it was parsed. */
  readonly text: string;
  /** How often the model was asked until it answered with a value of the type; `usage` is that of all tries together. */
  readonly tries: number;
  /** Whether the endpoint took the type as a constraint; false where it refused to, so that the answer was only parsed. */
  readonly constrained: boolean;
}

/** What a stream tells while the model writes; `response-finish` comes last. */
export type StreamEvent =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "response-finish"; readonly response: TextResponse };

/**
 * What a stream of a value tells while the model writes; `response-finish` comes last. Events never change once they are given.
 *
 * - `value-update`: what there is of the value, as far as it is certain, and what changed. Parts that did not change are the
 *   same objects (`===`) as in the event before. The last one is what `written` of the response is.
 * - `reasoning-delta`: more of what the model thinks.
 * - `try-fail`: the answer was not of the type, and the model is asked again. Forget the value and the reasoning: what follows
 *   starts from nothing.
 */
export type ObjectStreamEvent<O extends Schema> =
  | {
      readonly type: "value-update";
      readonly value: DeepPartial<InputOf<O>>;
      /** Lead from the value of the event before to this one; the first of a try sets the whole. */
      readonly deltas: readonly PartialDelta[];
    }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | {
      readonly type: "try-fail";
      /** Which try it was, from 1. */
      readonly tryNumber: number;
      readonly error: MdlParseError;
      /** What the model wrote, reasoning aside. */
      readonly text: string;
      /** Of this try alone. */
      readonly usage: Usage;
    }
  | { readonly type: "response-finish"; readonly response: ValueResponse<O> };
