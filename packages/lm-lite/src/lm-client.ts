import { toJsonSchema } from "@conduit/mdl";
import type { CallOptions, Schema } from "@conduit/types";
import type { EndpointSource } from "./endpoint.ts";
import type { ChatRequest, GenerateRequest } from "./requests.ts";
import type { ObjectStreamEvent, StreamEvent, TextResponse } from "./responses.ts";
import { ConstraintMemory } from "./value/constraint-memory.ts";
import type { Conversation } from "./value/conversation.ts";
import { streamValue, type TryEvent } from "./value/stream-value.ts";
import { type CompletionRequest, toCompletionRequest, toResponseFormat } from "./wire/completion-request.ts";
import { type ConstraintRefusal, constraintRefusal } from "./wire/constraint-refusal.ts";
import { sendCompletion } from "./wire/send-completion.ts";

export interface LmClientOptions {
  readonly source: EndpointSource;
  /** Gives the name under which the endpoint knows a model, or throws. */
  readonly servedName: (model: string) => string;
  /** Whether answers are always held to their type; otherwise an endpoint that refuses to is asked without. */
  readonly alwaysConstrains: boolean;
  /** Longest time in milliseconds for which an endpoint that answers may send nothing. Default: no limit of ours. */
  readonly maxSilenceMs?: number | undefined;
}

/** Asks models behind an endpoint, and turns what they answer into what was asked for. */
export class LmClient {
  readonly #options: LmClientOptions;
  readonly #memory = new ConstraintMemory();

  constructor(options: LmClientOptions) {
    this.#options = options;
  }

  stream(request: ChatRequest): AsyncGenerator<StreamEvent, void, undefined> {
    const body = toCompletionRequest(this.#options.servedName(request.model), request.messages, request);
    return this.#send(body, request);
  }

  async respondText(request: ChatRequest): Promise<TextResponse> {
    return lastResponse(this.stream(request));
  }

  /** The events of a value that grows; without `partials` only how it ends. */
  streamValue<O extends Schema>(
    request: GenerateRequest<O>,
    { partials }: { readonly partials: boolean },
  ): AsyncGenerator<ObjectStreamEvent<O>, void, undefined> {
    return streamValue(request, { partials, ask: (conversation) => this.#ask(request, conversation) });
  }

  /** One try: held to the type where the endpoint does that. */
  async *#ask(
    request: GenerateRequest<Schema>,
    { systemMessage, messages, seed }: Conversation,
  ): AsyncGenerator<TryEvent, void, undefined> {
    const { model, output } = request;
    const options = { ...request, systemMessage, seed };
    const body = toCompletionRequest(this.#options.servedName(model), messages, options);
    const constrainedBody = { ...body, response_format: toResponseFormat(toJsonSchema(output)) };
    let refusal: ConstraintRefusal | undefined;
    if (!this.#memory.refuses(model, output)) {
      try {
        yield* told(this.#send(constrainedBody, request), true);
        return;
      } catch (error) {
        refusal = this.#options.alwaysConstrains ? undefined : constraintRefusal(error);
        if (refusal === undefined) throw error;
      }
    }
    for await (const event of told(this.#send(body, request), false)) {
      // Only now it is known that the constraint was what it was refused for.
      if (refusal !== undefined) this.#memory.remember(refusal, model, output);
      refusal = undefined;
      yield event;
    }
  }

  async *#send(
    body: CompletionRequest,
    { signal }: CallOptions,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    signal?.throwIfAborted();
    const { source, maxSilenceMs } = this.#options;
    yield* sendCompletion(source, body, { signal, maxSilenceMs });
  }
}

async function* told(events: AsyncIterable<StreamEvent>, constrained: boolean): AsyncGenerator<TryEvent> {
  for await (const event of events) {
    if (event.type !== "response-finish") yield event;
    else yield { ...event, response: { ...event.response, constrained } };
  }
}

/** The response that a stream ends with. */
export async function lastResponse<R>(
  events: AsyncIterable<
    { readonly type: string } | { readonly type: "response-finish"; readonly response: R }
  >,
): Promise<R> {
  for await (const event of events) if ("response" in event) return event.response;
  throw new TypeError("A stream of events ended without a response.");
}
