import { EndpointError } from "../errors/endpoint-error.ts";
import { type ErrorBody, isErrorBody } from "./completion-chunk.ts";

/** The error that an answer with another status than 2xx is. */
export async function toEndpointError(
  baseUrl: string,
  status: number,
  stream: ReadableStream<Uint8Array> | null,
): Promise<EndpointError> {
  const text = stream === null ? "" : await new Response(stream).text();
  const value = parseJson(text);
  if (isErrorBody(value)) return fromErrorBody(baseUrl, status, value);
  return new EndpointError(text.slice(0, 500) || "an empty body", { baseUrl, status });
}

/** The error that a body tells of, in the form that OpenAI gives errors. */
export function fromErrorBody(baseUrl: string, status: number, { error }: ErrorBody): EndpointError {
  return new EndpointError(error.message, {
    baseUrl,
    status,
    ...(error.code != null && { errorCode: String(error.code) }),
    ...(error.type != null && { errorType: error.type }),
    ...(error.param != null && { param: error.param }),
  });
}

/** `undefined` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
