import { type Parsed, parseAsync, systemPrompt, toJsonSchema } from "@conduit/mdl";
import type { CallOptions, Schema } from "@conduit/types";
import type { EndpointSource } from "./endpoint.ts";
import { OutputTruncatedError } from "./errors/output-truncated-error.ts";
import type { Message } from "./messages.ts";
import type { ChatRequest, GenerateRequest } from "./requests.ts";
import type { StreamEvent, TextResponse, ValueResponse } from "./responses.ts";
import { type CompletionRequest, toCompletionRequest } from "./wire/completion-request.ts";
import { streamCompletion } from "./wire/stream-completion.ts";

/** Asks models behind an endpoint, and turns what they answer into what was asked for. */
export class LmClient {
  readonly #source: EndpointSource;
  readonly #servedName: (model: string) => string;

  /** `servedName` gives the name under which the endpoint knows a model, or throws. */
  constructor(source: EndpointSource, servedName: (model: string) => string) {
    this.#source = source;
    this.#servedName = servedName;
  }

  stream(request: ChatRequest): AsyncGenerator<StreamEvent, void, undefined> {
    const body = toCompletionRequest(this.#servedName(request.model), request.messages, request);
    return this.#send(body, request);
  }

  async respondText(request: ChatRequest): Promise<TextResponse> {
    return lastResponse(this.stream(request));
  }

  /** The answer to a request for a value, before it is parsed. */
  async respondToValue(request: GenerateRequest<Schema>): Promise<TextResponse> {
    const { model, input, output, guidance, systemMessage } = request;
    const prompt = systemPrompt({ output, ...(input && { input }), ...(guidance && { guidance }) });
    const body = toCompletionRequest(
      this.#servedName(model),
      [{ role: "user", content: userMessage(request) }],
      { ...request, systemMessage: systemMessage === undefined ? prompt : `${systemMessage}\n\n${prompt}` },
      toJsonSchema(output),
    );
    return lastResponse(this.#send(body, request));
  }

  async respondValue<O extends Schema>(request: GenerateRequest<O>): Promise<ValueResponse<O>> {
    const response = await this.respondToValue(request);
    return { ...response, ...(await parseResponse(request, response)) };
  }

  async *#send(body: CompletionRequest, options: CallOptions): AsyncGenerator<StreamEvent, void, undefined> {
    options.signal?.throwIfAborted();
    const { endpoint, release } = await this.#source.acquire({ signal: options.signal });
    try {
      yield* streamCompletion(endpoint, body, options.signal);
    } finally {
      release();
    }
  }
}

/**
 * The value that a complete answer holds.
 *
 * @throws {@link OutputTruncatedError} when the token limit cut the answer off, {@link MdlParseError} when it is of another type.
 */
export async function parseResponse<O extends Schema>(
  { model, output }: GenerateRequest<O>,
  { finishReason, text, usage }: TextResponse,
): Promise<Parsed<O>> {
  if (finishReason === "length") throw new OutputTruncatedError({ model, partialText: text, usage });
  return parseAsync(text, output);
}

function userMessage({ data, guidance }: GenerateRequest<Schema>): Message["content"] {
  if (data !== undefined) return JSON.stringify(data);
  return guidance ?? "Answer now.";
}

async function lastResponse(events: AsyncIterable<StreamEvent>): Promise<TextResponse> {
  let response: TextResponse | undefined;
  for await (const event of events) if (event.type === "response-finish") response = event.response;
  if (response === undefined) throw new TypeError("A stream of events ended without a response.");
  return response;
}
