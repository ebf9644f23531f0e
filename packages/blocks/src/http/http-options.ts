import type { Schema } from "@conduit/types";
import type { BlockOptions } from "../block.ts";
import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";
import { isLimit, isTimeout, optionChecks, TIMEOUT_RANGE } from "../option-checks.ts";

/** Options of {@link HttpGetBlock} and {@link HttpPostBlock}. */
export interface HttpOptions<Body extends Schema = Schema> extends BlockOptions {
  /**
   * Headers of the request. A redirect to another origin is followed without them, but for `accept`, `accept-language` and
   * `user-agent`.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Schema of the body of an answer that succeeds. Default: any body will do. */
  readonly output?: Body | undefined;
  /** How the body is read: `auto` goes by the answer's content type, with text for what is no JSON. Default: `auto`. */
  readonly responseType?: "auto" | "json" | "text" | undefined;
  /** Time in seconds for all of it, retries and body included; `Infinity` for none. Default: 60. */
  readonly timeoutSeconds?: number | undefined;
  /** How often a request that failed is repeated, where that is safe. Default: 2. */
  readonly maxRetries?: number | undefined;
  /** Redirects that are followed. Default: 10. */
  readonly maxRedirects?: number | undefined;
  /** Bytes of the answer's body, once it is decompressed, before the answer is given up. Default: 16 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * Hosts that may be asked, redirects included: `example.com`, `*.example.com` for all below it, `localhost:8080` for one
   * port. Default: all.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Whether hosts are refused whose name leads to this machine or a private network. Default: `false`. The name is resolved before the
   * request, which resolves it again: a name server that answers otherwise then gets through.
   */
  readonly publicAddressesOnly?: boolean | undefined;
}

/** The same with defaults and in milliseconds. */
export interface HttpSettings {
  readonly endpoint: URL;
  readonly headers: Headers;
  readonly responseType: "auto" | "json" | "text";
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly maxRedirects: number;
  readonly maxResponseBytes: number;
  readonly allowedHosts: readonly string[] | undefined;
  readonly publicAddressesOnly: boolean;
}

/** @throws {@link InvalidBlockOptionsError} */
export function toHttpSettings(block: string, endpoint: string | URL, options: HttpOptions): HttpSettings {
  const {
    headers = {},
    responseType = "auto",
    timeoutSeconds = 60,
    maxRetries = 2,
    maxRedirects = 10,
    maxResponseBytes = 16 * 1024 ** 2,
    allowedHosts,
    publicAddressesOnly = false,
  } = options;
  const require = optionChecks(block, options);
  require("responseType", "auto, json or text", ["auto", "json", "text"].includes(responseType));
  require("timeoutSeconds", TIMEOUT_RANGE, isTimeout(timeoutSeconds));
  require("maxRetries", "a whole number from 0", isLimit(maxRetries));
  require("maxRedirects", "a whole number from 0", isLimit(maxRedirects));
  require("maxResponseBytes", "a whole number from 0", isLimit(maxResponseBytes));
  require("allowedHosts", "host names such as example.com, *.example.com or localhost:8080", allowedHosts ===
    undefined || allowedHosts.every(isHostPattern));
  const url = toEndpoint(block, endpoint);
  return {
    endpoint: withoutCredentials(url),
    headers: toHeaders(block, headers, url),
    responseType,
    timeoutMs: timeoutSeconds * 1000,
    maxRetries,
    maxRedirects,
    maxResponseBytes,
    allowedHosts: allowedHosts?.map((host) => host.toLowerCase()),
    publicAddressesOnly,
  };
}

function isHostPattern(pattern: string): boolean {
  return /^(\*\.)?(\[[\da-f:.]+\]|[^\s/@:*[\]]+)(:\d+)?$/i.test(pattern);
}

function toEndpoint(block: string, endpoint: string | URL): URL {
  const url = URL.parse(String(endpoint));
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  // What is meant as a URL may have a password in it.
  const found = url === null ? "none" : `one of ${url.protocol}`;
  const expected = "a URL of http or https";
  throw new InvalidBlockOptionsError(expected, found, { block, option: "endpoint" });
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.hash = "";
  return bare;
}

/** Credentials of the URL become the header that they stand for. */
function toHeaders(
  block: string,
  given: Readonly<Record<string, string>>,
  { username, password }: URL,
): Headers {
  let headers: Headers;
  try {
    headers = new Headers(given);
  } catch (error) {
    const found = "some that are not";
    throw new InvalidBlockOptionsError("valid HTTP headers", found, {
      block,
      option: "headers",
      cause: error,
    });
  }
  if ((username !== "" || password !== "") && !headers.has("authorization")) {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
  }
  return headers;
}
