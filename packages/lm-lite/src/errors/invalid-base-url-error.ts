import { ConduitError } from "@conduit/types";

/** An address is none that requests can be sent to. The message does not show it, since it may hold a password. */
export class InvalidBaseUrlError extends ConduitError {
  static readonly code = "INVALID_BASE_URL";
  readonly code = InvalidBaseUrlError.code;

  constructor(found: string) {
    super(
      `Expected baseUrl to be an address such as http://127.0.0.1:8000 without user name, password and query, found ${found}. ` +
        "Write it with http:// or https://, and give the key as apiKey.",
    );
  }
}
