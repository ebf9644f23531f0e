import type { BatchJob } from "./kernel-program.ts";
import type { Server } from "./server.ts";

/** What one request took. */
export interface Completion {
  readonly completionTokens: number;
  readonly seconds: number;
}

/** Sends a request to a server and reads its answer; `path` is `completions` or `chat/completions`. */
export async function complete({ baseUrl }: Server, path: string, request: object): Promise<Completion> {
  const startMs = performance.now();
  const response = await fetch(`${baseUrl}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`expected an answer, found HTTP ${response.status}: ${text}`);
  const { usage } = JSON.parse(text) as { usage: { completion_tokens: number } };
  return { completionTokens: usage.completion_tokens, seconds: (performance.now() - startMs) / 1_000 };
}

/** A prompt of token ids that no other has the beginning of, so that nothing of it is in a cache. */
function freshPrompt(tokens: number): readonly number[] {
  return Array.from({ length: tokens }, () => 1_000 + Math.floor(100_000 * Math.random()));
}

/**
 * Sends as many requests at once as there are prompts.
 *
 * @returns Tokens of all answers, and the seconds from the first request to the end of the last answer.
 */
export async function completeAll(
  server: Server,
  path: string,
  requests: readonly object[],
): Promise<{ readonly tokens: number; readonly seconds: number }> {
  const startMs = performance.now();
  const answers = await Promise.all(requests.map((request) => complete(server, path, request)));
  const seconds = (performance.now() - startMs) / 1_000;
  return { tokens: answers.reduce((total, answer) => total + answer.completionTokens, 0), seconds };
}

/**
 * Lets a batch of clients send a fresh prompt each at once.
 *
 * @returns Tokens of all answers in a second.
 * @throws Error when an answer ends before its limit, since the batch is no longer the same then.
 */
export async function completionRate(
  server: Server,
  model: string,
  { batch, promptTokens, answerTokens }: BatchJob,
): Promise<number> {
  const requests = Array.from({ length: batch }, () => ({
    model,
    prompt: freshPrompt(promptTokens),
    max_tokens: answerTokens,
    temperature: 0,
  }));
  const { tokens, seconds } = await completeAll(server, "completions", requests);
  if (tokens !== batch * answerTokens) {
    throw new Error(`expected ${batch * answerTokens} tokens, found ${tokens}: an answer has ended early`);
  }
  return tokens / seconds;
}
