import type { CallOptions } from "@conduit/types";
import type Docker from "dockerode";
import { systemErrorCode } from "../local-error.ts";
import { connect } from "./endpoint/connect.ts";
import type { DockerEndpoint } from "./endpoint/docker-endpoint.ts";
import { findEndpoint } from "./endpoint/find-endpoint.ts";
import { DockerAnswerLostError } from "./errors/docker-answer-lost-error.ts";
import { DockerRefusedError } from "./errors/docker-refused-error.ts";
import { DockerUnreachableError } from "./errors/docker-unreachable-error.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

/** Failures of a connection that never came about: nothing was sent. */
const NOT_CONNECTED = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ENOTSOCK", "ENOTFOUND", "EAI_AGAIN"]);

export interface DaemonCall extends CallOptions {
  /** What the daemon is asked to do, as in "expected Docker to …". */
  readonly what: string;
  /** Whether it changes something, so that a lost answer leaves open whether it was done. */
  readonly changes: boolean;
  /** Longest time in milliseconds until it has answered. Default: a minute. */
  readonly timeoutMs?: number | undefined;
}

/** A Docker daemon, whose failures are those of providers. */
export class Daemon {
  readonly #host: string | undefined;
  #endpoint: DockerEndpoint | undefined;
  #client: Promise<Docker> | undefined;

  constructor(host: string | undefined) {
    this.#host = host;
  }

  /** @throws ProviderError when what names the daemon cannot be understood. */
  get endpoint(): DockerEndpoint {
    this.#endpoint ??= findEndpoint(this.#host);
    return this.#endpoint;
  }

  /**
   * Asks the daemon. `body` passes the signal on where dockerode takes one.
   *
   * @throws DockerUnreachableError, DockerAnswerLostError, DockerRefusedError, or the reason of `options.signal`.
   */
  async call<T>(options: DaemonCall, body: (client: Docker, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    signal?.throwIfAborted();
    this.#client ??= connect(this.endpoint);
    const client = await this.#client;
    const timeout = AbortSignal.timeout(timeoutMs);
    const ofCall = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      // dockerode waits for ever where the connection breaks in the middle of an answer.
      return await unlessAborted(ofCall, body(client, ofCall));
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw this.#silent(options, `it did not answer within ${timeoutMs} ms`, error);
      throw this.#translate(error, options);
    }
  }

  /** Like {@link call}, for answers that go on: once they have begun, only `options.signal` ends them. */
  async open<T>(options: DaemonCall, body: (client: Docker, signal: AbortSignal) => Promise<T>): Promise<T> {
    const tooLate = new AbortController();
    const { signal } = options;
    const ofAnswer = signal === undefined ? tooLate.signal : AbortSignal.any([signal, tooLate.signal]);
    return this.call(options, async (client, ofCall) => {
      const abort = () => tooLate.abort(ofCall.reason);
      ofCall.addEventListener("abort", abort, { once: true });
      try {
        return await body(client, ofAnswer);
      } finally {
        ofCall.removeEventListener("abort", abort);
      }
    });
  }

  /** Like {@link call}, but `undefined` where the daemon answers that there is no such thing. */
  async find<T>(
    options: DaemonCall,
    body: (client: Docker, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.call(options, body);
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  #translate(error: unknown, options: DaemonCall): unknown {
    if (!(error instanceof Error)) return error;
    const status = Reflect.get(error, "statusCode");
    if (typeof status === "number") {
      return new DockerRefusedError(options.what, status, reasonOf(error), { cause: error });
    }
    const code = systemErrorCode(error);
    if (code !== undefined && NOT_CONNECTED.has(code)) {
      return new DockerUnreachableError(this.endpoint.url, explain(code, error), { cause: error });
    }
    return this.#silent(options, `the connection broke: ${error.message}`, error);
  }

  #silent({ what, changes }: DaemonCall, reason: string, cause: unknown): Error {
    return changes
      ? new DockerAnswerLostError(what, reason, { cause })
      : new DockerUnreachableError(this.endpoint.url, reason, { cause });
  }
}

async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Whether the daemon has answered with this HTTP status. */
export function isRefusal(error: unknown, status: number): boolean {
  return DockerRefusedError.isInstance(error) && error.status === status;
}

function explain(code: string, error: Error): string {
  if (code === "EACCES") {
    return "this user may not connect to it (add it to the group docker, or run Docker rootless)";
  }
  return error.message;
}

/** What the daemon said, out of what dockerode makes of it. */
function reasonOf(error: Error): string {
  const body: unknown = Reflect.get(error, "json");
  const message = body instanceof Object ? Reflect.get(body, "message") : undefined;
  return typeof message === "string"
    ? message
    : error.message.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}
