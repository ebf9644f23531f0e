import { ConduitError } from "@conduit/types";

/** A request has a field that no answer can be made with. */
export class InvalidRequestError extends ConduitError {
  static readonly code = "INVALID_REQUEST";
  readonly code = InvalidRequestError.code;
  /** Name of the field at fault. */
  readonly field: string;

  constructor(field: string, expected: string, found: unknown) {
    super(`Expected ${field} of the request to be ${expected}, found ${String(found)}.`);
    this.field = field;
  }
}
