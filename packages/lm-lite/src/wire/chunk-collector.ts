import { NO_USAGE, type Usage } from "@conduit/types";
import type { ToolCall } from "../messages.ts";
import type { AnsweringNode, FinishReason, StreamEvent, TextResponse } from "../responses.ts";
import type { CompletionChunk } from "./completion-chunk.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "content-filter",
};

/** Adds up the chunks of one answer. */
export class ChunkCollector {
  text = "";
  usage: Usage = NO_USAGE;
  #reasoning = "";
  #refusal = "";
  #finishReason: FinishReason | undefined;
  readonly #toolCalls: ToolCall[] = [];

  /** Whether nothing of the answer has come yet. That a model will answer, which is what streams begin with, is nothing. */
  get isEmpty(): boolean {
    return (
      this.text + this.#reasoning + this.#refusal === "" &&
      this.#toolCalls.length === 0 &&
      this.#finishReason === undefined &&
      this.usage === NO_USAGE
    );
  }

  /** Takes a chunk in and gives the events that a client sees of it. */
  *add(chunk: CompletionChunk): Generator<StreamEvent> {
    if (chunk.usage) {
      const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = chunk.usage;
      const reasoningTokens = chunk.usage.completion_tokens_details?.reasoning_tokens;
      this.usage = {
        inputTokens,
        outputTokens,
        totalTokens: inputTokens + outputTokens,
        ...(reasoningTokens != null && { reasoningTokens }),
      };
    }
    const choice = chunk.choices[0];
    if (choice === undefined) return;
    if (choice.finish_reason) this.#finishReason = finishReasons[choice.finish_reason] ?? "other";
    const { delta } = choice;
    const reasoning = delta?.reasoning_content ?? delta?.reasoning;
    if (reasoning) {
      this.#reasoning += reasoning;
      yield { type: "reasoning-delta", text: reasoning };
    }
    this.#refusal += delta?.refusal ?? "";
    if (delta?.content) {
      this.text += delta.content;
      yield { type: "text-delta", text: delta.content };
    }
    for (const call of delta?.tool_calls ?? []) {
      const index = call.index ?? this.#toolCalls.length;
      const known = this.#toolCalls[index];
      this.#toolCalls[index] = {
        id: call.id ?? known?.id ?? "",
        name: call.function?.name ?? known?.name ?? "",
        arguments: (known?.arguments ?? "") + (call.function?.arguments ?? ""),
      };
    }
  }

  /** The whole answer, or `undefined` where its end has not come. */
  response(node: AnsweringNode): TextResponse | undefined {
    if (this.#finishReason === undefined) return undefined;
    return {
      text: this.text,
      ...(this.#refusal !== "" && { refusal: this.#refusal }),
      reasoning: this.#reasoning,
      toolCalls: this.#toolCalls.filter((call) => call !== undefined),
      usage: this.usage,
      finishReason: this.#finishReason,
      node,
    };
  }
}
