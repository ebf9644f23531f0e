import type { Endpoint } from "../endpoint.ts";
import { EndpointError } from "../errors/endpoint-error.ts";
import { EndpointUnreachableError } from "../errors/endpoint-unreachable-error.ts";
import { addPaid } from "../errors/paid.ts";
import type { StreamEvent } from "../responses.ts";
import type { ChunkCollector } from "./chunk-collector.ts";
import { isCompletionChunk, isErrorBody } from "./completion-chunk.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { fromErrorBody, parseJson } from "./error-body.ts";
import { type SendOptions, serverSentEvents } from "./server-sent-events.ts";

/** Where an answer goes, and what ends it. */
export interface StreamCompletionOptions extends SendOptions {
  /** Holds what has come, also when the answer is cut. */
  readonly collector: ChunkCollector;
}

/** Sends a request and gives the events of its answer as they come. */
export async function* streamCompletion(
  endpoint: Endpoint,
  request: CompletionRequest,
  { collector, ...options }: StreamCompletionOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { baseUrl } = endpoint;
  const node = { name: endpoint.nodeName, baseUrl };
  try {
    for await (const data of serverSentEvents(endpoint, request, options)) {
      const chunk = parseChunk(baseUrl, data);
      yield* collector.add(chunk);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
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

function parseChunk(baseUrl: string, data: string) {
  const value = parseJson(data);
  if (isCompletionChunk(value)) return value;
  if (isErrorBody(value)) throw fromErrorBody(baseUrl, 200, value);
  throw new EndpointError(`expected a chat completion chunk, found ${data.slice(0, 200)}`, {
    baseUrl,
    status: 200,
  });
}
