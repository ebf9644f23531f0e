import { randomUUID } from "node:crypto";
import type { OutputOf, Schema } from "@conduit/types";
import type { TUnknown } from "typebox";
import { HttpBlock, type RequestParts } from "./http-block.ts";
import type { HttpOptions } from "./http-options.ts";

/** Options of {@link HttpPostBlock}. */
export interface HttpPostOptions<Body extends Schema = Schema> extends HttpOptions<Body> {
  /**
   * Whether the server takes the same request twice for one. Only then is it repeated, with an `Idempotency-Key` that all attempts
   * share. Default: `false`.
   */
  readonly idempotent?: boolean | undefined;
}

/**
 * Sends its data to an endpoint as JSON, and gets what comes back, as text or JSON.
 *
 * All else is as with {@link HttpGetBlock}, but that a request is sent once unless `idempotent` says otherwise, and that a redirect which
 * would take the data to another host is followed only where `allowedHosts` names it.
 *
 * @example
 * ```ts
 * const Question = Type.Object({ question: Type.String() });
 * const Answer = Type.Object({ answer: Type.String() });
 * const ask = new HttpPostBlock(Question, "http://127.0.0.1:2/ask", { output: Answer });
 *
 * const operation = await ask.run({ question: "Is anybody there?" });
 * console.log(operation.success ? operation.data.answer : operation.failure); // network
 * ```
 */
export class HttpPostBlock<I extends Schema, Body extends Schema = TUnknown> extends HttpBlock<I, Body> {
  readonly #isIdempotent: boolean;

  /** @throws {@link InvalidBlockOptionsError} when the endpoint is no URL of HTTP, or an option is out of its range. */
  constructor(input: I, endpoint: string | URL, options: HttpPostOptions<Body> = {}) {
    super(input, endpoint, options);
    this.#isIdempotent = options.idempotent ?? false;
  }

  protected override partsOf(data: OutputOf<I>): RequestParts {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/json, */*;q=0.9",
    };
    if (this.#isIdempotent) headers["idempotency-key"] = randomUUID();
    return { method: "POST", body: JSON.stringify(data), headers, isRepeatable: this.#isIdempotent };
  }
}
