import assert from "node:assert/strict";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type { RunpodProviderOptions } from "../runpod-options.ts";
import { RunpodProvider } from "../runpod-provider.ts";
import { OpenApiDocument, type SentRequest } from "./open-api-document.ts";

const API_URL = "https://api.runpod.io";
const document = OpenApiDocument.load();

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or the text as it is. */
  readonly body?: unknown;
}

/**
 * RunPod's API for one test, as it is told to answer. Every request is held against RunPod's document, where that is there; the first that
 * does not fit it fails the test.
 */
export class RunpodFixture implements Disposable {
  /** All requests so far. */
  readonly sent: SentRequest[] = [];
  /** What was waited for so far, which takes no time. */
  readonly pausesMs: number[] = [];
  readonly #server = setupServer();
  readonly #violations: string[] = [];

  constructor() {
    this.#server.listen({ onUnhandledFrame: "error" });
  }

  /** Answers a request; where there are several answers, one after the other, the last again and again. */
  on(method: "get" | "post" | "delete", path: string, ...answers: readonly Answer[]): this {
    let calls = 0;
    this.#server.use(
      http[method](`${API_URL}${path}`, async ({ request }) => {
        await this.#note(request);
        const answer = answers[Math.min(calls++, answers.length - 1)] ?? {};
        return toResponse(answer);
      }),
    );
    return this;
  }

  provider(options: RunpodProviderOptions = {}): RunpodProvider {
    return new RunpodProvider({
      apiKey: "rpa_test",
      accountId: "account",
      apiUrl: API_URL,
      pause: async (pauseMs) => void this.pausesMs.push(pauseMs),
      ...options,
    });
  }

  /** Bodies of the requests that were sent to a path. */
  bodies(path: string): readonly unknown[] {
    return this.sent.filter(({ url }) => url.pathname === path).map(({ body }) => body);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    assert.deepEqual(this.#violations, [], "requests that RunPod's document does not allow");
  }

  async #note(request: Request): Promise<void> {
    const text = await request.text();
    const sent: SentRequest = {
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    this.sent.push(sent);
    // The older API has no part in the document.
    if (sent.url.pathname === "/graphql") return;
    this.#violations.push(...(document?.requestViolations(sent) ?? []));
  }
}

function toResponse({ status = 200, headers = {}, body }: Answer): Response {
  if (body === undefined) return new HttpResponse(null, { status, headers });
  if (typeof body === "string") return new HttpResponse(body, { status, headers });
  const type = status < 400 ? "application/json" : "application/problem+json";
  return new HttpResponse(JSON.stringify(body), { status, headers: { "content-type": type, ...headers } });
}
