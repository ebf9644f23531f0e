import type { IncomingHttpHeaders } from "node:http";

/** A request as it came. */
export interface ReceivedRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
