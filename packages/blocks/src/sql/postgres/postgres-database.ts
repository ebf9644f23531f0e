import { Socket } from "node:net";
import type { ClientConfig, CustomTypesConfig, Pool, PoolClient } from "pg";
import { untilAborted } from "../../until-aborted.ts";
import { loadDriver } from "../load-driver.ts";
import { Slots } from "../slots.ts";
import type { SqlConnection, SqlDatabase } from "../sql-database.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import { toSqlProblem } from "./postgres-error.ts";
import { postgresTypes } from "./postgres-types.ts";

type Postgres = typeof import("pg");

/** How a database is reached. */
export interface PostgresAccess {
  readonly url: string;
  readonly maxConnections: number;
  readonly readOnly: boolean;
  /** May be `Infinity`. */
  readonly timeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** What a connection that cancels may take for each of its steps. */
const CANCEL_TIMEOUT_MS = 5000;
/** By how much the server's own timeout is later than this process's. */
const SERVER_GRACE_MS = 5000;
const MAX_SERVER_TIMEOUT_MS = 2 ** 31 - 1;

/** A database of a PostgreSQL server, with a pool of connections. */
export class PostgresDatabase implements SqlDatabase {
  readonly #pg: Postgres;
  readonly #types: CustomTypesConfig;
  readonly #pool: Pool;
  readonly #access: PostgresAccess;
  readonly #config: ClientConfig;
  /** The pool's own queue cannot be left. */
  readonly #slots: Slots;
  readonly #newSockets: Socket[] = [];

  /** Connects to nothing yet. */
  static async open(access: PostgresAccess): Promise<PostgresDatabase> {
    return new PostgresDatabase(await loadDriver<Postgres>("pg", () => import("pg")), access);
  }

  private constructor(pg: Postgres, access: PostgresAccess) {
    this.#pg = pg;
    this.#types = postgresTypes(pg.types);
    this.#access = access;
    this.#config = { connectionString: access.url, keepAlive: true };
    this.#slots = new Slots(access.maxConnections);
    this.#pool = new pg.Pool({
      ...this.#config,
      max: access.maxConnections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // A block that nobody disposed does not keep a program alive.
      allowExitOnIdle: true,
      stream: () => {
        const socket = new Socket();
        this.#newSockets.push(socket);
        return socket;
      },
    });
    // Connections that break while nobody uses them are replaced by the pool.
    this.#pool.on("error", () => {});
  }

  async connect(signal: AbortSignal): Promise<SqlConnection> {
    const giveBack = await this.#slots.take(signal);
    try {
      const client = await this.#client(signal);
      const { readOnly, timeoutMs } = this.#access;
      const serverTimeoutMs = Math.ceil(timeoutMs) + SERVER_GRACE_MS;
      return new PostgresConnection({
        client,
        readOnly,
        giveBack,
        Query: this.#pg.Query,
        types: this.#types,
        serverTimeoutMs: serverTimeoutMs <= MAX_SERVER_TIMEOUT_MS ? serverTimeoutMs : 0,
        createClient: () =>
          new this.#pg.Client({
            ...this.#config,
            connectionTimeoutMillis: CANCEL_TIMEOUT_MS,
            query_timeout: CANCEL_TIMEOUT_MS,
          }),
      });
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #client(signal: AbortSignal): Promise<PoolClient> {
    // The pool makes a client at once, if it makes one: there are no more slots than clients.
    this.#newSockets.length = 0;
    const connecting = this.#pool.connect();
    const [socket] = this.#newSockets;
    try {
      return await untilAborted({ signal }, () => connecting);
    } catch (error) {
      if (!signal.aborted) throw toSqlProblem(error);
      // Either it fails now, or it comes when nobody wants it any more.
      socket?.destroy();
      connecting.then(
        (client) => client.release(true),
        () => {},
      );
      throw signal.reason;
    }
  }
}
