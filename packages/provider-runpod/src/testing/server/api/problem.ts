import { STATUS_CODES } from "node:http";

/** A failure as RunPod tells of it: RFC 9457, `ErrorResponse` of the OpenAPI document. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    options: {
      readonly errors?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  body(): object {
    const { status, message: detail, errors } = this;
    return { title: STATUS_CODES[status] ?? "Error", status, detail, ...(errors && { errors }) };
  }
}

export function notFound(what: string): Problem {
  return new Problem(404, `${what} not found`);
}
