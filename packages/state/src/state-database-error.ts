import type { ConduitErrorOptions } from "@conduit/types";
import { StateError } from "./state-error.ts";

/** Base of failures of a database; `store` says which, without its password. */
export abstract class StateDatabaseError extends StateError {
  readonly store: string;

  constructor(store: string, message: string, options?: ConduitErrorOptions) {
    super(message, options);
    this.store = store;
  }
}

/** The database cannot be opened or reached. Nothing was written. */
export class StateStoreUnavailableError extends StateDatabaseError {
  static readonly code = "STATE_STORE_UNAVAILABLE";
  readonly code = StateStoreUnavailableError.code;

  constructor(store: string, problem: string, options?: ConduitErrorOptions) {
    super(store, `expected to reach ${store}, but ${problem}; nothing was written`, options);
  }
}

/** Others held the database for too long. Nothing was written. */
export class StateStoreBusyError extends StateDatabaseError {
  static readonly code = "STATE_STORE_BUSY";
  readonly code = StateStoreBusyError.code;

  constructor(store: string, timeoutMs: number, options?: ConduitErrorOptions) {
    super(
      store,
      `expected to get hold of ${store} within ${timeoutMs} ms, but others held it; nothing was written, so try again, and look for a suspended program that uses it`,
      options,
    );
  }
}

/** The database has no room left. Nothing was written. */
export class StateStoreFullError extends StateDatabaseError {
  static readonly code = "STATE_STORE_FULL";
  readonly code = StateStoreFullError.code;

  constructor(store: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected room for more rows in ${store}, but its disk is full; nothing was written, so make room and try again`,
      options,
    );
  }
}

/** What is there is no database of Conduit, or a damaged one. */
export class StateStoreCorruptError extends StateDatabaseError {
  static readonly code = "STATE_STORE_CORRUPT";
  readonly code = StateStoreCorruptError.code;

  constructor(store: string, problem: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected ${store} to be an undamaged database of Conduit, but ${problem}; restore it from a backup, or name another one in CONDUIT_DB_URI`,
      options,
    );
  }
}

/** A newer Conduit has migrated the database. */
export class StateSchemaTooNewError extends StateDatabaseError {
  static readonly code = "STATE_SCHEMA_TOO_NEW";
  readonly code = StateSchemaTooNewError.code;

  constructor(store: string, found: number, known: number) {
    super(
      store,
      `expected ${store} to have at most migration ${known}, but it has ${found}, from a newer Conduit; update @conduit/state`,
    );
  }
}

/** The answer to a commit was lost, and the database could not be asked again in time: the transaction may count or not. */
export class StateCommitUnknownError extends StateDatabaseError {
  static readonly code = "STATE_COMMIT_UNKNOWN";
  readonly code = StateCommitUnknownError.code;

  constructor(store: string, problem: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected ${store} to confirm a commit, but its answer was lost and ${problem}; what was written may count or not, so read it before you repeat it`,
      options,
    );
  }
}

/** The database refused a statement for a reason that has no class of its own. Nothing was written. */
export class StateQueryError extends StateDatabaseError {
  static readonly code = "STATE_QUERY";
  readonly code = StateQueryError.code;

  constructor(store: string, problem: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected ${store} to carry a statement out, but it answered: ${problem}; nothing was written`,
      options,
    );
  }
}
