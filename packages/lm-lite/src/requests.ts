import type { CallOptions, InputOf, Schema } from "@conduit/types";
import type { Message } from "./messages.ts";

/** How an answer is made; what is left out is the model's own default. */
export interface GenerationOptions extends CallOptions {
  /** Put before everything else that the model is told. */
  readonly systemMessage?: string | undefined;
  /** Randomness from 0 (always the most probable token) upwards. */
  readonly temperature?: number | undefined;
  /** Sample only from the most probable tokens whose probabilities add up to this, above 0 and up to 1. */
  readonly topP?: number | undefined;
  /** How much less a token of the answer comes again for each time that it is there, within -2 and 2. Default 0. */
  readonly frequencyPenalty?: number | undefined;
  /** How much less a token of the answer comes again, however often it is there, within -2 and 2. Default 0. */
  readonly presencePenalty?: number | undefined;
  /**
   * How much less tokens of prompt and answer come again: above 1 less, below 1 more, greater than 0. LM Lite, vLLM and SGLang
   * take it, OpenAI does not. Default: what the model's publisher recommends, else 1.
   */
  readonly repetitionPenalty?: number | undefined;
  /** Token ids of the model, and how much more each comes: -100 (as good as never) to 100 (as good as always). */
  readonly logitBias?: Readonly<Record<number, number>> | undefined;
  /** Longest answer in tokens. Default: what the model's `maxModelLen` leaves. */
  readonly maxTokens?: number | undefined;
  /** Texts that end the answer, and are not part of it. */
  readonly stop?: string | readonly string[] | undefined;
  /** Same seed, same request, same answer. Tries after a wrong answer take the seeds that follow. */
  readonly seed?: number | undefined;
  /**
   * Whether a model that can do both reasons before it answers; the tokens of its reasoning count as output. Sent as
   * `chat_template_kwargs`, which LM Lite, vLLM, SGLang and llama.cpp take. Default: what the model's chat template does.
   */
  readonly reasoning?: boolean | undefined;
}

/** Asks for text. */
export interface ChatRequest extends GenerationOptions {
  readonly model: string;
  readonly messages: readonly Message[];
}

/** Asks for a value of the type of `output`. */
export interface GenerateRequest<O extends Schema, I extends Schema = Schema> extends GenerationOptions {
  readonly model: string;
  /** Type of `data`; the model is told. */
  readonly input?: I | undefined;
  /** What the answer is about. */
  readonly data?: InputOf<I> | undefined;
  /** Type of the answer. */
  readonly output: O;
  /** What to do, in words. */
  readonly guidance?: string | undefined;
  /**
   * How often a model is asked again, with the error, after an answer that is not of the type; 0 for never. Default 2. An answer
   * that the token limit cut off, or that was refused, is no such answer.
   */
  readonly maxRetries?: number | undefined;
}
