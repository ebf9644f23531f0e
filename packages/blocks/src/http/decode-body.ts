import { HttpProblem } from "./http-problem.ts";

/** An answer with its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** How far into a page its own word on its encoding may stand: https://html.spec.whatwg.org/#charset1024b */
const META_BYTES = 1024;

/** Answers that never have a body. */
const EMPTY_STATUSES = new Set([204, 205]);

/**
 * The body as JSON or as text; of an answer that cannot have one, `null` or the empty text.
 *
 * @throws HttpProblem when it is to be JSON and is not.
 */
export function decodeBody(answer: HttpAnswer, responseType: "auto" | "json" | "text"): unknown {
  if (responseType === "text" || (responseType === "auto" && !saysJson(answer.headers)))
    return toText(answer);
  if (EMPTY_STATUSES.has(answer.status)) return null;
  // JSON is UTF-8, whatever the header says: https://www.rfc-editor.org/rfc/rfc8259#section-8.1
  const text = new TextDecoder().decode(answer.body);
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = `The body of the answer is not JSON: ${(error as Error).message}.`;
    throw new HttpProblem("body", reason, { statusCode: answer.status });
  }
}

/** The same for an answer that is no success: whatever can be read of it. */
export function decodeAnyBody(answer: HttpAnswer): unknown {
  try {
    return decodeBody(answer, "auto");
  } catch {
    return toText(answer);
  }
}

function saysJson(headers: Headers): boolean {
  return /^\s*[\w.+-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers.get("content-type") ?? "");
}

function toText({ headers, body }: HttpAnswer): string {
  const type = headers.get("content-type") ?? "";
  const label = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1] ?? labelOfPage(type, body) ?? "utf-8";
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    // An encoding that nobody knows; most text is UTF-8.
    return new TextDecoder().decode(body);
  }
}

function labelOfPage(type: string, body: Uint8Array): string | undefined {
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return undefined;
  const start = Buffer.from(body.subarray(0, META_BYTES)).toString("latin1");
  return /<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(start)?.[1];
}
