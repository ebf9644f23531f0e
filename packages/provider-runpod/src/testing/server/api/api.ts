import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { checkAnswer } from "../openapi/answer-check.ts";
import type { OperationMatch, Operations } from "../openapi/operations.ts";
import { checkRequest } from "../openapi/request-check.ts";
import type { Schemas } from "../openapi/schemas.ts";
import type { Journal } from "../world/journal.ts";
import type { Call, Handlers } from "./call.ts";
import { myselfOf, parseGraphql } from "./graphql.ts";
import { type Caller, GRAPHQL_TERMINATE, type Keys } from "./keys.ts";
import { Problem } from "./problem.ts";
import type { Quotas } from "./quotas.ts";
import { isServed, type ServedOperation } from "./served-operations.ts";

/** A request as it came over the network. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What to send for a request. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  readonly stream?: ((response: ServerResponse) => void) | undefined;
  /** What becomes of it: a connection that breaks before its first byte, or in its middle. */
  readonly fate?: "lost" | "breaks-off" | undefined;
}

const LOST: Reply = { status: 0, headers: {}, fate: "lost" };

export interface ApiParts {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly keys: Keys;
  readonly quotas: Quotas;
  readonly journal: Journal;
  readonly operations: Operations;
  readonly schemas: Schemas;
  readonly handlers: Handlers<ServedOperation>;
}

/** RunPod's API without the network: compares each request and each answer with the OpenAPI document, and lets go wrong what is to. */
export class Api {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  async reply(received: Received): Promise<Reply> {
    const { method, url } = received;
    const matched = this.#parts.operations.match(method, url.pathname);
    const operation = matched !== undefined && "operation" in matched ? matched.operation : undefined;
    const violations: string[] = [];
    const reply = await this.#tryReply(received, matched, violations);
    if (operation !== undefined && reply.fate !== "lost" && reply.stream === undefined) {
      const answer = { status: reply.status, contentType: reply.headers["content-type"], body: reply.body };
      const wrong = checkAnswer(operation, answer, this.#parts.schemas);
      violations.push(...wrong.map((problem) => `the stand-in's answer ${reply.status}: ${problem}`));
    }
    this.#parts.journal.append({
      atMs: this.#parts.clock.nowMs(),
      method,
      path: url.pathname,
      operation: operation?.id,
      name: operation?.id === "createPod" ? nameIn(received.text) : undefined,
      status: reply.fate === "lost" ? undefined : reply.status,
      violations: violations.length > 0 ? violations : undefined,
    });
    return reply;
  }

  async #tryReply(
    received: Received,
    matched: OperationMatch | undefined,
    violations: string[],
  ): Promise<Reply> {
    const { faults, keys, quotas } = this.#parts;
    let headers: Readonly<Record<string, string>> = {};
    try {
      if (received.headers.authorization === undefined) violations.push("no authorization");
      const caller = keys.callerOf(received.headers.authorization);
      const limited = faults.next("rate-limited");
      if (limited !== undefined) throw tooManyRequests(limited.retryAfterSeconds);
      headers = quotas.count(caller.account);
      const reply = await this.#dispatch(received, matched, caller, violations);
      return { ...reply, headers: { ...headers, ...reply.headers } };
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, "internal error");
      if (problem !== error) violations.push(`the stand-in failed: ${String(error)}`);
      return {
        status: problem.status,
        headers: { ...headers, ...problem.headers, "content-type": "application/problem+json" },
        body: problem.body(),
      };
    }
  }

  async #dispatch(
    received: Received,
    matched: OperationMatch | undefined,
    caller: Caller,
    violations: string[],
  ): Promise<Reply> {
    const { method, url, headers, text } = received;
    if (url.pathname === "/graphql" && method === "POST") {
      return await this.#replyToGraphql(received, caller, violations);
    }
    if (matched === undefined) {
      violations.push("no such path");
      throw new Problem(404, "resource not found");
    }
    if (!("operation" in matched)) {
      violations.push(`no such method, only ${matched.allowedMethods.join(", ")}`);
      throw new Problem(405, "The requested method is not allowed for this path.", {
        headers: { Allow: matched.allowedMethods.join(", ") },
      });
    }
    const { operation, path } = matched;
    const query = url.searchParams;
    const { badRequest, unprocessable } = checkRequest(
      operation,
      path,
      { query, headers, text },
      this.#parts.schemas,
    );
    violations.push(...badRequest, ...unprocessable);
    if (unprocessable.length > 0) {
      throw new Problem(422, "Request validation failed.", { errors: unprocessable });
    }
    if (badRequest.length > 0) throw new Problem(400, badRequest.join("; "));
    this.#parts.keys.requireAccess(caller, operation.id, path);
    if (!isServed(operation.id)) {
      violations.push(`the stand-in does not answer ${operation.id}`);
      throw new Problem(501, `the stand-in does not answer ${operation.id}`);
    }
    return await this.#perform(operation.id, { path, query, headers, text, account: caller.account });
  }

  async #replyToGraphql(
    { headers, text, url }: Received,
    caller: Caller,
    violations: string[],
  ): Promise<Reply> {
    const { keys } = this.#parts;
    const question = parseGraphql(text);
    if (question === undefined) {
      violations.push("the stand-in does not know this query");
      return ok(400, { errors: [{ message: "the stand-in does not know this query" }] });
    }
    if (question.kind === "myself") {
      keys.requireAccess(caller, "myself", {});
      const account = keys.accountOf(headers.authorization) ?? caller.account;
      return ok(200, myselfOf(account, question.fields));
    }
    const path = { id: question.podId };
    keys.requireAccess(caller, GRAPHQL_TERMINATE, path);
    const call = { path, query: url.searchParams, headers, text: "", account: caller.account };
    const reply = await this.#perform("deletePod", call);
    return reply.status === 204 ? ok(200, { data: { podTerminate: null } }) : reply;
  }

  async #perform(operation: ServedOperation, call: Call): Promise<Reply> {
    const { faults, handlers } = this.#parts;
    const concerns = (fault: { readonly operation?: ServedOperation | undefined }) =>
      (fault.operation ?? operation) === operation;
    if (faults.next("request-lost", concerns) !== undefined) return LOST;
    const before = faults.next("fails-before", concerns);
    if (before !== undefined) throw new Problem(before.status ?? 500, "internal error");
    const { status, body, stream } = await handlers[operation](call);
    const after = faults.next("fails-after", concerns);
    if (after !== undefined) throw new Problem(after.status ?? 500, "internal error");
    if (faults.next("answer-lost", concerns) !== undefined) return LOST;
    if (stream !== undefined) return { status, headers: { "content-type": "text/event-stream" }, stream };
    const breaksOff = operation === "listPods" && faults.next("list-breaks-off") !== undefined;
    return { ...ok(status, body), fate: breaksOff ? "breaks-off" : undefined };
  }
}

function ok(status: number, body: object | undefined): Reply {
  return { status, body, headers: body === undefined ? {} : { "content-type": "application/json" } };
}

function tooManyRequests(retryAfterSeconds: number): Problem {
  return new Problem(429, "rate limit exceeded for the minute window", {
    headers: {
      "Retry-After": String(retryAfterSeconds),
      RateLimit: `"minute";r=0;t=${retryAfterSeconds}`,
    },
  });
}

function nameIn(text: string): string | undefined {
  return /"name"\s*:\s*"([^"]*)"/.exec(text)?.[1];
}
