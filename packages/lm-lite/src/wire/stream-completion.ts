import { EventSourceParserStream } from "eventsource-parser/stream";
import { FetchError, ofetch } from "ofetch";
import type { Endpoint } from "../endpoint.ts";
import { EndpointError } from "../errors/endpoint-error.ts";
import { EndpointUnreachableError } from "../errors/endpoint-unreachable-error.ts";
import { addPaid } from "../errors/paid.ts";
import type { StreamEvent } from "../responses.ts";
import type { ChunkCollector } from "./chunk-collector.ts";
import { isCompletionChunk, isErrorBody } from "./completion-chunk.ts";
import type { CompletionRequest } from "./completion-request.ts";

/** Longest time until an answer has to end that has said that it is done. */
const END_PATIENCE_MS = 1_000;

/** Where an answer goes, and what ends it. */
export interface StreamCompletionOptions {
  /** Holds what has come, also when the answer is cut. */
  readonly collector: ChunkCollector;
  readonly signal: AbortSignal | undefined;
}

/** Sends a request and gives the events of its answer as they come. */
export async function* streamCompletion(
  endpoint: Endpoint,
  request: CompletionRequest,
  { collector, signal }: StreamCompletionOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { baseUrl } = endpoint;
  const node = { name: endpoint.nodeName, baseUrl };
  try {
    for await (const data of serverSentEvents(endpoint, request, signal)) {
      const chunk = parseChunk(baseUrl, data);
      yield* collector.add(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const { text: partialText, usage } = collector;
    const failure =
      error instanceof EndpointError
        ? error
        : new EndpointUnreachableError(baseUrl, "did not answer to the end", { partialText, cause: error });
    throw addPaid(failure, { usage, tries: 1 });
  }
  const response = collector.response(node);
  if (response === undefined) {
    const { text: partialText, usage } = collector;
    const reason = "ended its answer without a finish reason";
    throw addPaid(new EndpointUnreachableError(baseUrl, reason, { partialText }), { usage, tries: 1 });
  }
  yield { type: "response-finish", response };
}

async function* serverSentEvents(
  { baseUrl, key }: Endpoint,
  body: CompletionRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  let response: Response;
  try {
    response = await ofetch.raw(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      body,
      responseType: "stream",
      retry: false,
      ignoreResponseError: true,
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    throw error instanceof FetchError ? (error.cause ?? error) : error;
  }
  const stream = (response as Response & { _data?: ReadableStream<Uint8Array> })._data ?? response.body;
  if (!response.ok) throw await toEndpointError(baseUrl, response.status, stream);
  if (stream === null) throw new TypeError("The answer has no body.");
  const events = stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream());
  let isDone = false;
  try {
    for await (const { data } of events.values({ preventCancel: true })) {
      isDone = data === "[DONE]";
      if (isDone) return;
      yield data;
    }
  } finally {
    if (isDone) void readToEnd(events);
    else await events.cancel().catch(() => undefined);
  }
}

/** A connection is kept for the next request only if its answer was read to the end, which comes after the last event. */
async function readToEnd(events: ReadableStream<unknown>): Promise<void> {
  const reader = events.getReader();
  const tooLate = setTimeout(() => void reader.cancel().catch(() => undefined), END_PATIENCE_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is whole, and the connection is closed.
  } finally {
    clearTimeout(tooLate);
  }
}

function parseChunk(baseUrl: string, data: string) {
  const value = parseJson(data);
  if (isCompletionChunk(value)) return value;
  if (isErrorBody(value)) throw fromErrorBody(baseUrl, 200, value);
  throw new EndpointError(`expected a chat completion chunk, found ${data.slice(0, 200)}`, {
    baseUrl,
    status: 200,
  });
}

async function toEndpointError(baseUrl: string, status: number, stream: ReadableStream<Uint8Array> | null) {
  const text = stream === null ? "" : await new Response(stream).text();
  const value = parseJson(text);
  if (isErrorBody(value)) return fromErrorBody(baseUrl, status, value);
  return new EndpointError(text.slice(0, 500) || "an empty body", { baseUrl, status });
}

function fromErrorBody(baseUrl: string, status: number, { error }: { error: ErrorFields }): EndpointError {
  return new EndpointError(error.message, {
    baseUrl,
    status,
    ...(error.code != null && { errorCode: String(error.code) }),
    ...(error.type != null && { errorType: error.type }),
    ...(error.param != null && { param: error.param }),
  });
}

type ErrorFields = import("./completion-chunk.ts").ErrorBody["error"];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
