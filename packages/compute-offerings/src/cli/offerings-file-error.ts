import { ConduitError } from "@conduit/types";

/** The file that shall hold offerings cannot be read, or holds something else. */
export class OfferingsFileError extends ConduitError {
  static readonly code = "OFFERINGS_FILE";
  readonly code = "OFFERINGS_FILE";
}
