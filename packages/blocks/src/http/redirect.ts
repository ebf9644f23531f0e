import { HttpProblem } from "./http-problem.ts";

/** A request as it is sent. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Headers;
  readonly body?: string;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Headers that say nothing about who asks; all others may be keys, whatever their names. */
const HARMLESS = ["accept", "accept-language", "user-agent"];

/** Headers that describe a body which is not sent any more. */
const OF_BODY = ["content-type", "content-encoding", "content-language", "idempotency-key"];

/**
 * The request that an answer redirects to, or nothing where it does not.
 *
 * @param hostsAreNamed whether the caller said which hosts may be asked; only then is a body sent to another one.
 * @throws HttpProblem when the redirect cannot be followed.
 */
export async function followRedirect(
  request: HttpRequest,
  response: Response,
  hostsAreNamed: boolean,
): Promise<HttpRequest | undefined> {
  const location = response.headers.get("location");
  if (!REDIRECTS.has(response.status) || location === null) return undefined;
  // A connection whose answer nobody reads would be kept.
  await response.body?.cancel().catch(() => {});
  const refuse = (reason: string): never => {
    throw new HttpProblem("redirect", reason, { statusCode: response.status });
  };
  const url = URL.parse(location, request.url.href);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse("The server redirects to what is no URL of HTTP.");
  if (request.url.protocol === "https:" && url.protocol === "http:") {
    return refuse(`The server redirects from HTTPS to HTTP, at ${url.host}.`);
  }
  url.username = "";
  url.password = "";
  url.hash = "";
  const keepsMethod = request.method === "GET" || response.status === 307 || response.status === 308;
  const isSameOrigin = url.origin === request.url.origin;
  if (!isSameOrigin && keepsMethod && request.body !== undefined && !hostsAreNamed) {
    return refuse(
      `The server redirects the data to ${url.host}; name it in allowedHosts if it may have them.`,
    );
  }
  const headers = isSameOrigin ? new Headers(request.headers) : harmlessOf(request.headers);
  if (!keepsMethod) {
    for (const name of OF_BODY) headers.delete(name);
    return { url, method: "GET", headers };
  }
  const type = request.headers.get("content-type");
  if (type !== null) headers.set("content-type", type);
  return { ...request, url, headers };
}

function harmlessOf(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => HARMLESS.includes(name)));
}
