import { ConduitError } from "@conduit/types";

/** A key is none that requests can carry. Nothing of it is in the message. */
export class InvalidApiKeyError extends ConduitError {
  static readonly code = "INVALID_API_KEY";
  readonly code = InvalidApiKeyError.code;

  constructor() {
    super(
      "Expected apiKey to have only characters that an HTTP header can carry, found a line break or another one in it. " +
        "Read the key again from where it is kept.",
    );
  }
}
