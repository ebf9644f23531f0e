import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** Base of what can go wrong with a state store. */
export abstract class StateError extends ConduitError {}

/** A row does not fit the rows that are there. */
export class StateConflictError extends StateError {
  static readonly code = "STATE_CONFLICT";
  readonly code = StateConflictError.code;
}

/** A store, or a transaction of it, was used after its end. */
export class StateStoreClosedError extends StateError {
  static readonly code = "STATE_STORE_CLOSED";
  readonly code = StateStoreClosedError.code;

  constructor(what: "store" | "transaction", options?: ConduitErrorOptions) {
    super(
      what === "store"
        ? "expected an open state store, but it was closed; open another"
        : "expected a transaction under way, but it has ended; await everything inside its body",
      options,
    );
  }
}

/** The file that holds the store's UUID cannot be read, made, or understood. */
export class StoreIdFileError extends StateError {
  static readonly code = "STORE_ID_FILE";
  readonly code = StoreIdFileError.code;
  readonly path: string;

  constructor(path: string, problem: string, options?: ConduitErrorOptions) {
    super(`expected ${path} to hold the UUID of the state store, but ${problem}`, options);
    this.path = path;
  }
}
