import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Evidence } from "./find-secrets.ts";

/** What the tests of the state package start a server with. Packages reach each other's test code by its address only. */
interface PostgresServerModule {
  readonly noPostgres: string | false;
  readonly PostgresServer: { start(): Promise<PostgresServer> };
}

export interface PostgresServer extends AsyncDisposable {
  /** Holds everything of it. */
  readonly folder: string;
  uri(database: string): string;
  createDatabase(): Promise<string>;
  dump(database: string): Promise<Buffer>;
}

const address = new URL("./testing/postgres-server.ts", import.meta.resolve("@conduit/state"));
const module: PostgresServerModule = await import(address.href);

/** Why there is no PostgreSQL on this machine, for tests that need it to say so. */
export const { noPostgres } = module;

export function startPostgres(): Promise<PostgresServer> {
  return module.PostgresServer.start();
}

/** Everything that is in a database, and what its server logs. */
export async function postgresEvidence(
  server: PostgresServer,
  database: string,
): Promise<readonly Evidence[]> {
  return [
    { place: "database", detail: "pg_dump", content: await server.dump(database) },
    { place: "logs", detail: "the server's log", content: readFileSync(join(server.folder, "log")) },
  ];
}
