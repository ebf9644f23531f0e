import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream";
import { FetchError, ofetch } from "ofetch";
import type { Endpoint } from "../endpoint.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { toEndpointError } from "./error-body.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** Longest time until an answer has to end that has said that it is done. */
const END_PATIENCE_MS = 1_000;

/** What ends a request before its answer has ended. */
export interface SendOptions {
  readonly signal: AbortSignal | undefined;
  /** Longest time in milliseconds for which the endpoint may send nothing. */
  readonly maxSilenceMs: number | undefined;
}

/** Sends a request, and gives the data of its events until the one that says that it is done. */
export async function* serverSentEvents(
  endpoint: Endpoint,
  body: CompletionRequest,
  { signal, maxSilenceMs }: SendOptions,
): AsyncGenerator<string, void, undefined> {
  const watch = new SilenceWatch(maxSilenceMs, signal);
  try {
    watch.start();
    const stream = await send(endpoint, body, watch.signal);
    const events = stream
      .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      .pipeThrough(new EventSourceParserStream({ onComment: () => watch.hear() }));
    yield* untilDone(events, watch);
  } finally {
    watch.end();
  }
}

async function send(
  { baseUrl, key }: Endpoint,
  body: CompletionRequest,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  let response: Response;
  try {
    response = await ofetch.raw(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      body,
      responseType: "stream",
      retry: false,
      ignoreResponseError: true,
      signal,
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    });
  } catch (error) {
    throw error instanceof FetchError ? (error.cause ?? error) : error;
  }
  const stream = (response as Response & { _data?: ReadableStream<Uint8Array> })._data ?? response.body;
  if (!response.ok) throw await toEndpointError(baseUrl, response.status, stream);
  if (stream === null) throw new TypeError("The answer has no body.");
  return stream;
}

async function* untilDone(
  events: ReadableStream<EventSourceMessage>,
  watch: SilenceWatch,
): AsyncGenerator<string, void, undefined> {
  let isDone = false;
  try {
    for await (const { data } of events.values({ preventCancel: true })) {
      isDone = data === "[DONE]";
      if (isDone) return;
      // Whoever reads may take their time; that is no silence of the endpoint.
      watch.stop();
      yield data;
      watch.start();
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
