import { type CompiledSchema, compileSchema, type InputOf, type OutputOf, type Schema } from "@conduit/types";
import { Type } from "typebox";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { Deadline } from "../deadline.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { identityOf } from "../describe/identity.ts";
import { decodeAnyBody, decodeBody, type HttpAnswer } from "./decode-body.ts";
import { HttpOperation, type HttpOperationOf, httpOperation } from "./http-operation.ts";
import { type HttpOptions, type HttpSettings, toHttpSettings } from "./http-options.ts";
import { HttpProblem } from "./http-problem.ts";
import type { HttpRequest } from "./redirect.ts";
import { request } from "./request.ts";

/** What a request is, besides what all requests of its block have in common. */
export interface RequestParts {
  readonly method: "GET" | "POST";
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the server may get it more than once. */
  readonly isRepeatable: boolean;
}

/** What blocks that make HTTP requests have in common. */
export abstract class HttpBlock<I extends Schema, Body extends Schema> extends Block<
  I,
  HttpOperationOf<Body>
> {
  readonly #settings: HttpSettings;
  readonly #body: CompiledSchema<Body>;

  constructor(input: I, endpoint: string | URL, options: HttpOptions<Body>) {
    // Without a schema of its own, `Body` is that of any value, and steps of a pipe that know the operation need not check it again.
    const { output: body = Type.Unknown() as Schema as Body } = options;
    const operation = options.output === undefined ? (HttpOperation as Schema) : httpOperation(body);
    super(input, operation as HttpOperationOf<Body>, options);
    this.#settings = toHttpSettings(this.name, endpoint, options);
    this.#body = compileSchema(body);
  }

  override get [blockDetails](): BlockDetails {
    const { endpoint, headers, responseType, allowedHosts, publicAddressesOnly } = this.#settings;
    // Paths, queries and headers may hold keys.
    return {
      kind: "http",
      settings: { origin: endpoint.origin },
      identity: identityOf(endpoint, headers, responseType, allowedHosts, publicAddressesOnly),
    };
  }

  /** The request for some data. */
  protected abstract partsOf(data: OutputOf<I>): RequestParts;

  protected override async forward(
    data: OutputOf<I>,
    { signal, emit }: BlockContext,
  ): Promise<InputOf<HttpOperationOf<Body>>> {
    const settings = this.#settings;
    const { isRepeatable, headers = {}, ...parts } = this.partsOf(data);
    const first: HttpRequest = { ...parts, url: settings.endpoint, headers: new Headers(settings.headers) };
    for (const [name, value] of Object.entries(headers)) {
      if (!first.headers.has(name)) first.headers.set(name, value);
    }
    using deadline = new Deadline(signal, settings.timeoutMs);
    let operation: HttpOperation;
    try {
      const answer = await request(first, settings, {
        maxRetries: isRepeatable ? settings.maxRetries : 0,
        deadline,
        onRetry: (delayMs, why) =>
          emit({ type: "progress", message: `${why} Asking again in ${Math.round(delayMs)} ms.` }),
      });
      operation = await this.#toOperation(answer);
    } catch (error) {
      operation = this.#toFailure(error, deadline);
    }
    // The schema of its data is a type parameter, which the compiler cannot look into.
    return operation as InputOf<HttpOperationOf<Body>>;
  }

  async #toOperation(answer: HttpAnswer): Promise<HttpOperation> {
    const { status: statusCode, statusText } = answer;
    if (statusCode < 200 || statusCode > 299) {
      const reason = `The server answered ${`${statusCode} ${statusText}`.trim()}.`;
      return { success: false, statusCode, data: decodeAnyBody(answer), failure: "status", reason };
    }
    const data = decodeOrProblem(answer, this.#settings.responseType);
    if (data instanceof HttpProblem) {
      const reason = data.message;
      return { success: false, statusCode, data: decodeAnyBody(answer), failure: "body", reason };
    }
    const check = await this.#body.check(data);
    if (check.valid) return { success: true, statusCode, data: check.value };
    const [issue] = check.issues;
    const reason = `The body of the answer is not what was asked for: ${issue?.path || "it"} ${issue?.message}.`;
    return { success: false, statusCode, data, failure: "body", reason };
  }

  #toFailure(error: unknown, deadline: Deadline): HttpOperation {
    if (error instanceof HttpProblem) {
      const { statusCode, failure, message: reason } = error;
      return { success: false, ...(statusCode !== undefined && { statusCode }), failure, reason };
    }
    if (!deadline.isOver) throw error;
    const reason = `There was no whole answer within ${this.#settings.timeoutMs / 1000} seconds (timeoutSeconds).`;
    return { success: false, failure: "timeout", reason };
  }
}

function decodeOrProblem(answer: HttpAnswer, responseType: HttpSettings["responseType"]): unknown {
  try {
    return decodeBody(answer, responseType);
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}
