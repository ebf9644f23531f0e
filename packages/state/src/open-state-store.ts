import type { CallOptions, StateStore } from "@conduit/types";
import { PostgresDatabase } from "./postgres/postgres-database.ts";
import { SqlStateStore } from "./sql/sql-state-store.ts";
import { SqliteDatabase } from "./sqlite/sqlite-database.ts";
import { DEFAULT_STATE_URI, parseStateUri } from "./state-uri.ts";

const BUSY_TIMEOUT_MS = 30_000;
const RECONNECT_TIMEOUT_MS = 30_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;

/** Options of {@link openStateStore}. */
export interface OpenStateStoreOptions extends CallOptions {
  /**
   * `sqlite:///conduit.db` (in the working directory), `sqlite:////var/lib/conduit.db` (four slashes: an absolute path) or
   * `postgresql://user:password@host/database`. Default: the environment variable `CONDUIT_DB_URI`, or `sqlite:///conduit.db`.
   */
  readonly uri?: string | undefined;
  /**
   * Text that endpoint keys are encrypted with. Default: the environment variable `CONDUIT_SECRET`, or, with SQLite, a key in a file
   * beside the database.
   */
  readonly secret?: string | undefined;
  /**
   * The secret of before, to change it: endpoint keys that it has encrypted are encrypted with `secret` from now on. Default: the
   * environment variable `CONDUIT_PREVIOUS_SECRET`.
   */
  readonly previousSecret?: string | undefined;
  /**
   * Longest wait in milliseconds for others that hold the database; with SQLite, for others that hold it and commit nothing. Default 30,000.
   */
  readonly busyTimeoutMs?: number | undefined;
  /** Time in milliseconds for which a lost connection is sought again. Default 30,000. */
  readonly reconnectTimeoutMs?: number | undefined;
  /** Milliseconds since 1970, for tests. Default: the database's own time. */
  readonly clock?: (() => number) | undefined;
}

/**
 * Opens the state store, makes its database where it is missing, and migrates it where that is due. Any number of programs may do so at
 * once.
 *
 * @throws InvalidStateUriError, StateStoreUnavailableError, StateStoreBusyError, StateStoreCorruptError, StateSchemaTooNewError,
 * StateSecretMissingError, StateSecretMismatchError, SecretKeyFileError, StateDriverError
 *
 * @example
 * ```ts
 * const store = await openStateStore({ uri: "postgresql://conduit@db.example.com/conduit" });
 * const storeId = await store.storeId();
 * await store.close();
 * ```
 */
export async function openStateStore(options: OpenStateStoreOptions = {}): Promise<StateStore> {
  const {
    uri = process.env.CONDUIT_DB_URI || DEFAULT_STATE_URI,
    secret = process.env.CONDUIT_SECRET,
    previousSecret = process.env.CONDUIT_PREVIOUS_SECRET,
    busyTimeoutMs = BUSY_TIMEOUT_MS,
    reconnectTimeoutMs = RECONNECT_TIMEOUT_MS,
    ...rest
  } = options;
  options.signal?.throwIfAborted();
  const location = parseStateUri(uri);
  // An empty one, as a variable without a value is, encrypts nothing.
  const secrets = { secret: secret || undefined, previousSecret: previousSecret || undefined };
  const shared = { ...rest, ...secrets, reconnectTimeoutMs };
  if (location.kind === "sqlite") {
    const database = new SqliteDatabase(location.path, { busyTimeoutMs });
    return SqlStateStore.open(database, { ...shared, keyFile: `${location.path}.key` });
  }
  const database = await PostgresDatabase.create(location.uri, {
    busyTimeoutMs,
    idleTransactionTimeoutMs: IDLE_TRANSACTION_TIMEOUT_MS,
  });
  return SqlStateStore.open(database, { ...shared, keyFile: undefined });
}
