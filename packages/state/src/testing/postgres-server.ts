import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);

/** Server programs refuse to run as root; they then run as this user, which every system has. */
const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const programs = findPrograms();

/** Why there is no PostgreSQL on this machine, for tests that need it to say so. */
export const noPostgres =
  programs === undefined && "PostgreSQL's server programs are not installed (Debian: postgresql)";

export interface PostgresSession extends AsyncDisposable {
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** A PostgreSQL server of its own, reached over a Unix socket, that ends with this process however that ends. */
export class PostgresServer implements AsyncDisposable {
  /** Holds the data, and the socket. */
  readonly folder: string;
  readonly #guard;
  #databases = 0;

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer();
    await server.#run("initdb", ["--username=conduit", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
    await server.start();
    return server;
  }

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "conduit-pg-"));
    if (identity.uid !== undefined) chownSync(this.folder, identity.uid, identity.gid);
    // Its input ends when this process does.
    this.#guard = spawn(
      "sh",
      [
        "-c",
        'read -r _; "$1" -D "$2" -m immediate stop; rm -rf "$2"',
        "sh",
        this.#path("pg_ctl"),
        this.folder,
      ],
      { stdio: ["pipe", "ignore", "ignore"], detached: true, ...identity },
    );
    this.#guard.unref();
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: "''",
      unix_socket_directories: this.folder,
      fsync: "off",
      max_connections: "200",
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    await this.#run("pg_ctl", ["-w", "-l", join(this.folder, "log"), "-o", options.join(" "), "start"]);
  }

  /** @param mode - `immediate` is what a crash of the server is. */
  async stop(mode: "fast" | "immediate" = "fast"): Promise<void> {
    await this.#run("pg_ctl", ["-w", "-m", mode, "stop"]);
  }

  /** The URI of a database; `folder` is where its socket is, if something is in between. */
  uri(database: string, folder = this.folder): string {
    return `postgresql:///${database}?user=conduit&host=${folder}`;
  }

  /** A new database. */
  async createDatabase(): Promise<string> {
    const name = `conduit_${++this.#databases}`;
    await this.query("postgres", `create database ${name}`);
    return name;
  }

  async query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.uri(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** One connection for many queries. */
  async connect(database: string): Promise<PostgresSession> {
    const client = new pg.Client({ connectionString: this.uri(database) });
    await client.connect();
    return {
      query: async (sql) => (await client.query(sql)).rows,
      [Symbol.asyncDispose]: () => client.end(),
    };
  }

  /** Everything that is in a database, as SQL. */
  async dump(database: string): Promise<Buffer> {
    const options = { cwd: this.folder, ...identity, encoding: "buffer", maxBuffer: 2 ** 28 } as const;
    const { stdout } = await run(this.#path("pg_dump"), ["--inserts", this.uri(database)], options);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard.ref();
    this.#guard.stdin.end();
    if (this.#guard.exitCode === null) await once(this.#guard, "exit");
  }

  #path(program: string): string {
    return join(programs ?? "", program);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await run(this.#path(program), ["-D", this.folder, ...args], { cwd: this.folder, ...identity });
  }
}

/** The folder with the newest server programs. */
function findPrograms(): string | undefined {
  const folders = globSync("/usr/lib/postgresql/*/bin").sort(
    (a, b) => Number(b.split("/").at(-2)) - Number(a.split("/").at(-2)),
  );
  try {
    folders.unshift(execFileSync("pg_config", ["--bindir"], { encoding: "utf8", stdio: "pipe" }).trim());
  } catch {
    // It belongs to the packages for development.
  }
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}
