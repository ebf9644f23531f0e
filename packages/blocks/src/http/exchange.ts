import { ofetch } from "ofetch";
import type { HttpAnswer } from "./decode-body.ts";
import { admitHost } from "./host-policy.ts";
import type { HttpSettings } from "./http-options.ts";
import { HttpProblem } from "./http-problem.ts";
import { readBody } from "./read-body.ts";
import { followRedirect, type HttpRequest } from "./redirect.ts";

/**
 * One request, and those that its redirects lead to, up to the end of the last body.
 *
 * @throws HttpProblem; the signal's reason.
 */
export async function exchange(
  first: HttpRequest,
  settings: HttpSettings,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let request = first;
  for (let redirects = 0; ; redirects++) {
    await admitHost(request.url, settings, signal);
    const response = await send(request, signal);
    const next = await followRedirect(request, response, settings.allowedHosts !== undefined);
    if (next === undefined) return receive(request, response, settings.maxResponseBytes, signal);
    if (redirects === settings.maxRedirects) {
      const reason = `The server redirects more than ${settings.maxRedirects} times (maxRedirects).`;
      throw new HttpProblem("redirect", reason, { statusCode: response.status });
    }
    request = next;
  }
}

async function send({ url, method, headers, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await ofetch.raw(url.href, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal,
      // What follows is done here, where it can be bounded, ended, and kept from other hosts.
      redirect: "manual",
      responseType: "stream",
      ignoreResponseError: true,
      retry: false,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw networkProblem(url, error);
  }
}

async function receive(
  { url }: HttpRequest,
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { status, statusText, headers } = response;
  try {
    return { status, statusText, headers, body: await readBody(response, maxBytes) };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof HttpProblem ? error : networkProblem(url, error, status);
  }
}

/** The URL's path and query may hold secrets; its origin is enough to know whom it is about. */
function networkProblem(url: URL, error: unknown, statusCode?: number): HttpProblem {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause !== undefined; depth++)
    cause = cause.cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const what =
    statusCode === undefined ? `No answer from ${url.origin}` : `No whole answer from ${url.origin}`;
  const options = statusCode === undefined ? { isTransient: true } : { isTransient: true, statusCode };
  return new HttpProblem("network", `${what}: ${code ?? message}.`, options);
}
