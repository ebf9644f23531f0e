import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an endpoint was asked. */
export interface RecordedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}

/** An HTTP server on loopback that answers as a test says. */
export interface ScriptedEndpoint extends AsyncDisposable {
  readonly baseUrl: string;
  readonly requests: readonly RecordedRequest[];
}

/** Writes the answer to a request. */
export type Responder = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts an endpoint whose every answer `respond` writes. */
export async function scriptedEndpoint(respond: Responder): Promise<ScriptedEndpoint> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests.push({
      path: request.url ?? "",
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown>,
    });
    respond(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with server-sent events, one for each value, and `[DONE]` where asked for. */
export function sendEvents(response: ServerResponse, events: readonly unknown[], done = true): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end(done ? "data: [DONE]\n\n" : undefined);
}

/** A chunk as OpenAI's streaming reference shows it, with `delta` in its only choice. */
export function chunk(delta: object, finishReason: string | null = null) {
  return {
    id: "chatcmpl-123",
    object: "chat.completion.chunk",
    created: 1_694_268_190,
    model: "m",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
}

/** The last chunk of a stream that includes usage: it has no choices. */
export function usageChunk(inputTokens: number, outputTokens: number, reasoningTokens?: number) {
  return {
    ...chunk({}),
    choices: [],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      ...(reasoningTokens !== undefined && {
        completion_tokens_details: { reasoning_tokens: reasoningTokens },
      }),
    },
  };
}

/** How {@link answer} ends, and what comes before it. */
export interface AnswerOptions {
  readonly finishReason?: string;
  /** What the endpoint sends apart from the answer, as models that reason have it. */
  readonly reasoning?: string;
  /** Tokens in and out; null where the endpoint does not tell. */
  readonly usage?: readonly [inputTokens: number, outputTokens: number] | null;
  /** Characters in each chunk. Default 1. */
  readonly chunkLength?: number;
}

/** Answers with a text, in chunks. */
export function answer(
  text: string,
  { finishReason = "stop", reasoning = "", usage = [9, 4], chunkLength = 1 }: AnswerOptions = {},
): Responder {
  const pieces = Array.from({ length: Math.ceil(text.length / chunkLength) }, (_, index) =>
    text.slice(index * chunkLength, (index + 1) * chunkLength),
  );
  return (response) =>
    sendEvents(response, [
      chunk({ role: "assistant", content: "" }),
      ...[...reasoning].map((character) => chunk({ reasoning_content: character })),
      ...pieces.map((content) => chunk({ content })),
      chunk({}, finishReason),
      ...(usage === null ? [] : [usageChunk(...usage)]),
    ]);
}

/** Answers with an error as OpenAI has it. */
export function refusal(
  status: number,
  error: { readonly message: string; readonly [key: string]: unknown },
): Responder {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error }));
  };
}

/** Begins to answer, and never goes on. */
export function beginning(text: string, onClose: () => void = () => undefined): Responder {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify(chunk({ content: text }))}\n\n`);
    response.once("close", onClose);
  };
}

/** Answers each request by the next responder, and all that come after by the last. */
export function inTurn(...responders: readonly Responder[]): Responder {
  let next = 0;
  return (response, request) => {
    const responder = responders[Math.min(next, responders.length - 1)];
    next += 1;
    responder?.(response, request);
  };
}
