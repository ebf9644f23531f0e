import { type Dialect, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { Pool, PoolClient } from "pg";
import { orAborted } from "../or-aborted.ts";
import { ConnectionDriver } from "../sql/connection-driver.ts";
import type { SqlConnection, SqlDatabase, SqlQuery, SqlSpelling } from "../sql/sql-database.ts";
import { InvalidStateUriError, StateDriverError } from "../state-place-error.ts";
import { PostgresConnection, type PostgresOptions } from "./postgres-connection.ts";
import { toConnectError } from "./postgres-error.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** One for the transaction under way, one to ask whether another counts. */
const MAX_CONNECTIONS = 2;
/** PostgreSQL's number of the type `bigint`. */
const BIGINT = 20;

const spelling: SqlSpelling = {
  // Sorted by code point, as SQLite does, whatever the language of the database.
  text: 'text collate "C"',
  integer: "bigint",
  numbered: "bigint generated always as identity primary key",
  tableOptions: "",
  findTable: (table) => `select 1 where to_regclass('${table}') is not null`,
  appendOnly: (table) => [
    `create function ${table}_refuse_change() returns trigger language plpgsql
     as $$ begin raise exception 'events are never changed or removed'; end $$`,
    `create trigger ${table}_append_only before update or delete or truncate on ${table}
     for each statement execute function ${table}_refuse_change()`,
  ],
};

/** A database of a PostgreSQL server. Its own time counts, so that the clocks of programs may differ. */
export class PostgresDatabase implements SqlDatabase {
  readonly store: string;
  readonly spelling = spelling;
  readonly #pool: Pool;
  readonly #options: PostgresOptions;

  /**
   * Connects to nothing yet.
   *
   * @throws InvalidStateUriError, StateDriverError
   */
  static async create(uri: string, options: PostgresOptions): Promise<PostgresDatabase> {
    const { default: pg } = await loadPg();
    const busyTimeoutMs = countable(options.busyTimeoutMs);
    const parser = (oid: number, ...rest: [never]) =>
      oid === BIGINT ? Number : pg.types.getTypeParser(oid, ...rest);
    let host: string;
    let port: number;
    let database: string | undefined;
    try {
      ({ host, port, database } = new pg.Client({ connectionString: uri }));
    } catch (error) {
      throw new InvalidStateUriError(`found one of PostgreSQL that cannot be ${problemOf(error)}`);
    }
    const pool = new pg.Pool({
      connectionString: uri,
      application_name: "conduit",
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: busyTimeoutMs + CONNECT_TIMEOUT_MS,
      keepAlive: true,
      // A store that somebody forgot to close does not keep a program alive.
      allowExitOnIdle: true,
      types: { getTypeParser: parser as typeof pg.types.getTypeParser },
    });
    const place = host.startsWith("/") ? host : `${host}:${port}`;
    return new PostgresDatabase(pool, `PostgreSQL database "${database}" at ${place}`, {
      ...options,
      busyTimeoutMs,
    });
  }

  private constructor(pool: Pool, store: string, options: PostgresOptions) {
    this.#pool = pool;
    this.store = store;
    this.#options = options;
    // Connections that break while nobody uses them are replaced by the pool.
    pool.on("error", () => {});
  }

  dialect(connection: SqlQuery): Dialect {
    return {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new ConnectionDriver(connection),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    };
  }

  async connect(signal?: AbortSignal | undefined): Promise<SqlConnection> {
    const connecting = this.#pool.connect();
    let client: PoolClient;
    try {
      client = await orAborted(connecting, signal);
    } catch (error) {
      if (signal?.aborted) {
        // It comes when nobody wants it any more.
        connecting.then(
          (late) => late.release(true),
          () => {},
        );
        throw signal.reason;
      }
      throw toConnectError(error, this.store);
    }
    return new PostgresConnection(client, this.store, this.#options);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** To PostgreSQL, a timeout of 0 is none, and neither it nor a timer of Node counts further than 31 bits. */
function countable(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs), 1), 2 ** 31 - 1 - CONNECT_TIMEOUT_MS);
}

/** What the parser throws quotes the URI, unless it is about a certificate that the URI names. */
function problemOf(error: unknown): string {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? "parsed" : `used: ${code} at ${path}`;
}

async function loadPg(): Promise<typeof import("pg")> {
  try {
    return await import("pg");
  } catch (error) {
    throw new StateDriverError("pg", (error as Error).message, { cause: error });
  }
}
