import { ConduitError, type ConduitErrorOptions, type DeploymentRow } from "@conduit/types";

/** Base of what can go wrong with a state store. */
export abstract class StateError extends ConduitError {}

/** A row does not fit the rows that are there. */
export class StateConflictError extends StateError {
  static readonly code = "STATE_CONFLICT";
  readonly code = StateConflictError.code;
}

/** A number that is not whole, or beyond 2^53, cannot be kept. */
export class InvalidStateNumberError extends StateError {
  static readonly code = "INVALID_STATE_NUMBER";
  readonly code = InvalidStateNumberError.code;
  readonly field: string;

  constructor(what: string, field: string, found: number) {
    super(`expected ${field} of ${what} to be a whole number below 2^53, but found ${found}`);
    this.field = field;
  }
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

/** What was given as the URI of a database is none. The URI itself, which may hold a password, is not told. */
export class InvalidStateUriError extends StateError {
  static readonly code = "INVALID_STATE_URI";
  readonly code = InvalidStateUriError.code;

  constructor(problem: string) {
    super(
      `expected the URI of a state store (CONDUIT_DB_URI) such as sqlite:///conduit.db, sqlite:////var/lib/conduit.db or postgresql://user@host/database, but ${problem}`,
    );
  }
}

/** The package that talks to a kind of database cannot be loaded. */
export class StateDriverError extends StateError {
  static readonly code = "STATE_DRIVER";
  readonly code = StateDriverError.code;
  readonly packageName: string;

  constructor(packageName: string, problem: string, options?: ConduitErrorOptions) {
    super(
      `expected the package ${packageName} to load, but ${problem}; install it again, and let it run its install script where your package manager asks (npm install-scripts approve ${packageName}, pnpm approve-builds)`,
      options,
    );
    this.packageName = packageName;
  }
}

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

/** There is nothing to encrypt endpoint keys with. */
export class StateSecretMissingError extends StateDatabaseError {
  static readonly code = "STATE_SECRET_MISSING";
  readonly code = StateSecretMissingError.code;

  constructor(store: string) {
    super(
      store,
      `expected a secret to encrypt the endpoint keys in ${store} with, but found none; set CONDUIT_SECRET to the same random text (openssl rand -base64 32) in all programs that use it`,
    );
  }
}

/** The secret is not the one that endpoint keys were encrypted with. */
export class StateSecretMismatchError extends StateDatabaseError {
  static readonly code = "STATE_SECRET_MISMATCH";
  readonly code = StateSecretMismatchError.code;

  constructor(store: string, remedy: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected the secret that the endpoint keys in ${store} are encrypted with, but found another; ${remedy}`,
      options,
    );
  }
}

/** The file with the key that encrypts endpoint keys cannot be read or made, or is not safe. */
export class SecretKeyFileError extends StateError {
  static readonly code = "SECRET_KEY_FILE";
  readonly code = SecretKeyFileError.code;
  readonly path: string;

  constructor(path: string, problem: string, options?: ConduitErrorOptions) {
    super(`expected ${path} to hold a key of 32 bytes that only its owner can read, but ${problem}`, options);
    this.path = path;
  }
}

export function duplicateKeyError(row: DeploymentRow, otherId: string): StateConflictError {
  return new StateConflictError(
    `expected at most one deployment of key ${row.key} in namespace "${row.namespace}", but found ${otherId} beside ${row.id}`,
  );
}

export function missingDeploymentError(what: string, deploymentId: string): StateConflictError {
  return new StateConflictError(
    `expected ${what} to belong to a deployment, but there is none with id ${deploymentId}`,
  );
}
