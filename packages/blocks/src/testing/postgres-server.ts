/** What the tests of the state package start a server with. Packages reach each other's test code by its address only. */
interface PostgresServerModule {
  readonly noPostgres: string | false;
  readonly PostgresServer: { start(): Promise<PostgresServer> };
}

export interface PostgresServer extends AsyncDisposable {
  readonly folder: string;
  uri(database: string): string;
  createDatabase(): Promise<string>;
  query(database: string, sql: string): Promise<Record<string, unknown>[]>;
  stop(mode?: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
}

const address = new URL("./testing/postgres-server.ts", import.meta.resolve("@conduit/state"));
const module: PostgresServerModule = await import(address.href);

/** Why there is no PostgreSQL on this machine, for tests that need it to say so. */
export const { noPostgres } = module;

export function startPostgres(): Promise<PostgresServer> {
  return module.PostgresServer.start();
}
