import { type CallOptions, compileSchema, type OutputOf, ProviderError } from "@conduit/types";
import { FetchError, ofetch } from "ofetch";
import type { TSchema } from "typebox";
import { RunpodAnswerInvalidError } from "../errors/runpod-answer-invalid-error.ts";
import { RunpodRateLimitError } from "../errors/runpod-rate-limit-error.ts";
import type { Pause } from "../pause.ts";
import { describeText, withoutSecrets } from "./answer-text.ts";
import { connectionFailureOf, type FailedRequest, refusalOf } from "./failures.ts";
import { readProblem } from "./problem.ts";
import { MOST_TURN_MS, parseRetryAfter, RateLimits } from "./rate-limits.ts";

/** A request to RunPod's API. */
export interface RunpodRequest extends FailedRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: object | undefined;
  /** What of it nobody may read in an error, should RunPod repeat it. */
  readonly secrets?: readonly string[] | undefined;
}

export interface RunpodApiOptions {
  readonly apiKey: string;
  readonly apiUrl: string;
  /** Longest time in milliseconds until a whole answer is there. */
  readonly timeoutMs: number;
  readonly pause: Pause;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Longest time in milliseconds between all tries of a request. */
const PATIENCE_MS = 30_000;
/** Tries of a request that fails for another reason than its rate. */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 4_000;

/**
 * RunPod's API. Reads and ends wait for their turn and are tried again. What creates or changes something is asked once, since who asked
 * for it has to decide anew after a failure.
 */
export class RunpodApi {
  readonly url: string;
  readonly #apiKey: string;
  readonly #timeoutMs: number;
  readonly #pause: Pause;
  readonly #nowMs: () => number;
  readonly #limits = new RateLimits();

  constructor({ apiKey, apiUrl, timeoutMs, pause, nowMs }: RunpodApiOptions) {
    this.url = apiUrl.replace(/\/+$/, "");
    this.#apiKey = apiKey;
    this.#timeoutMs = timeoutMs;
    this.#pause = pause;
    this.#nowMs = nowMs;
  }

  /** The answer of a request, once it is known to be what the schema says. */
  async ask<S extends TSchema>(
    request: RunpodRequest,
    answer: S,
    options: CallOptions = {},
  ): Promise<OutputOf<S>> {
    return this.#inTurn(request, options, async () => {
      const { text, headers } = await this.#exchange(request, options);
      return this.#read(request, answer, text, headers);
    });
  }

  /** Sends a request whose answer says nothing. */
  async tell(request: RunpodRequest, options: CallOptions = {}): Promise<void> {
    await this.#inTurn(request, options, () => this.#exchange(request, options));
  }

  /** The body of an answer that goes on for as long as it is read. */
  async open(request: RunpodRequest, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#inTurn(request, options, async () => {
      // Only until the answer begins: how long it then goes on, its reader decides.
      const tooLate = new AbortController();
      const timer = setTimeout(() => tooLate.abort(timeoutError(this.#timeoutMs)), this.#timeoutMs);
      try {
        const response = await this.#send(request, "stream", options, tooLate.signal);
        const stream = response._data ?? response.body;
        if (!response.ok) {
          throw await this.#refusal(request, response, await new Response(stream).text());
        }
        if (stream === null || stream === undefined) {
          throw new RunpodAnswerInvalidError(request.what, "no body", { outcome: "none" });
        }
        return stream;
      } finally {
        clearTimeout(timer);
      }
    });
  }

  async #inTurn<T>(request: RunpodRequest, options: CallOptions, send: () => Promise<T>): Promise<T> {
    const { kind, what } = request;
    if (kind === "read" || kind === "end") return this.#persist(request, options, send);
    const waitMs = this.#limits.exhaustedForMs(this.#nowMs());
    if (waitMs > 0) throw new RunpodRateLimitError(what, waitMs, "no requests are left");
    return send();
  }

  /** Tries until a request succeeds, as long as that makes sense. */
  async #persist<T>(request: RunpodRequest, { signal }: CallOptions, send: () => Promise<T>): Promise<T> {
    let patienceMs = PATIENCE_MS;
    for (let tries = 1; ; tries++) {
      await this.#awaitTurn(request, signal);
      try {
        return await send();
      } catch (error) {
        const isPassing = ProviderError.isInstance(error) && error.retry === "later";
        if (!isPassing || (tries >= MOST_TRIES && !RunpodRateLimitError.isInstance(error))) throw error;
        const usualMs = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LAST_PAUSE_MS);
        const pauseMs = Math.max(error.retryAfterMs ?? 0, usualMs);
        patienceMs -= pauseMs;
        if (patienceMs < 0) throw error;
        await this.#pause(pauseMs, signal);
      }
    }
  }

  async #awaitTurn({ kind, what }: RunpodRequest, signal: AbortSignal | undefined): Promise<void> {
    const nowMs = this.#nowMs();
    const waitMs = kind === "read" ? this.#limits.takeReadTurn(nowMs) : this.#limits.exhaustedForMs(nowMs);
    if (waitMs > MOST_TURN_MS) throw new RunpodRateLimitError(what, waitMs, "too few requests are left");
    if (waitMs > 0) await this.#pause(waitMs, signal);
  }

  /** Sends a request and reads the whole answer; throws what a refusal means. */
  async #exchange(
    request: RunpodRequest,
    options: CallOptions,
  ): Promise<{ readonly text: string; readonly headers: Headers }> {
    const response = await this.#send(request, "text", options, AbortSignal.timeout(this.#timeoutMs));
    const text = response._data ?? "";
    if (!response.ok) throw await this.#refusal(request, response, text);
    return { text, headers: response.headers };
  }

  async #send<Kind extends "text" | "stream">(
    request: RunpodRequest,
    responseType: Kind,
    { signal }: CallOptions,
    tooLate: AbortSignal,
  ) {
    signal?.throwIfAborted();
    const { method, path, query, headers, body } = request;
    try {
      const response = await ofetch.raw<string, Kind>(path, {
        baseURL: this.url,
        method,
        responseType,
        retry: false,
        ignoreResponseError: true,
        // A request that changes something must not become another one, and the key must not go elsewhere.
        redirect: "manual",
        signal: signal === undefined ? tooLate : AbortSignal.any([signal, tooLate]),
        headers: { ...headers, authorization: `Bearer ${this.#apiKey}` },
        ...(query && { query }),
        ...(body && { body }),
      });
      this.#limits.hear(response.headers, this.#nowMs());
      return response;
    } catch (error) {
      signal?.throwIfAborted();
      const cause = error instanceof FetchError ? (error.cause ?? error) : error;
      throw connectionFailureOf(request, this.url, cause);
    }
  }

  async #refusal(
    request: RunpodRequest,
    { status, headers }: Response,
    text: string,
  ): Promise<ProviderError> {
    const nowMs = this.#nowMs();
    const exhaustedMs = this.#limits.exhaustedForMs(nowMs);
    const retryAfterMs =
      parseRetryAfter(headers.get("Retry-After"), nowMs) ?? (exhaustedMs > 0 ? exhaustedMs : undefined);
    const secrets = [this.#apiKey, ...(request.secrets ?? [])];
    return refusalOf(request, await readProblem(status, withoutSecrets(text, secrets)), retryAfterMs);
  }

  async #read<S extends TSchema>(
    { kind, what }: RunpodRequest,
    answer: S,
    text: string,
    headers: Headers,
  ): Promise<OutputOf<S>> {
    const outcome = kind === "read" ? "none" : "maybe";
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new RunpodAnswerInvalidError(what, describeText(text), { outcome });
    }
    const checked = await compileSchema(answer).check(value);
    if (!checked.valid) {
      const [issue] = checked.issues;
      throw new RunpodAnswerInvalidError(what, `at ${issue?.path || "/"}: ${issue?.message}`, { outcome });
    }
    if (/rel="?next\b/i.test(headers.get("Link") ?? "")) {
      throw new RunpodAnswerInvalidError(what, "one page of several", { outcome });
    }
    return checked.value;
  }
}

function timeoutError(timeoutMs: number): Error {
  return new Error(`nothing was heard within ${timeoutMs / 1000} s`);
}
