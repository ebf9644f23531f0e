import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { ServedOperation } from "./served-operations.ts";

/** A request that is what the OpenAPI document asks for, by somebody who may make it. */
export interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** JSON of the shape that the operation asks for. */
  readonly text: string;
  readonly account: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: object | undefined;
  /** Writes an answer that does not end by itself, instead of `body`. */
  readonly stream?: ((response: ServerResponse) => void) | undefined;
}

export type Handler = (call: Call) => Promise<Answer>;

export type Handlers<Operation extends ServedOperation> = Readonly<Record<Operation, Handler>>;
