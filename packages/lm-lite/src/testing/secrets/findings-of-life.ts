import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStateStore } from "@conduit/state";
import type { DockerDaemon } from "./docker.ts";
import { type Evidence, type Findings, findSecrets } from "./find-secrets.ts";
import { ObservedLife } from "./observed-life.ts";
import { evidenceOf, killEngines } from "./place.ts";
import type { PostgresServer } from "./postgres.ts";
import { keySecret, textSecret } from "./secret.ts";

export interface LifeOptions {
  readonly executable: string;
  readonly model: string;
  /** Keeps the state; without it, SQLite does. */
  readonly server?: PostgresServer;
  /** Runs the nodes; without it, they are processes. */
  readonly docker?: DockerDaemon;
  /** Whether `CONDUIT_SECRET` is set. */
  readonly withSecret: boolean;
}

/** Where secrets are found during and after a life. */
export async function findingsOfLife({
  executable,
  model,
  server,
  docker,
  withSecret,
}: LifeOptions): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), "ck-"));
  const [token, password, secret] = [hardSecret(), hardSecret(), withSecret ? hardSecret() : ""];
  const directory = join(folder, "nodes");
  const state = join(folder, "state");
  mkdirSync(state);
  const postgres = server && { server, database: await server.createDatabase() };
  const uri =
    postgres === undefined
      ? `sqlite:///${state}/conduit.db`
      : `${postgres.server.uri(postgres.database)}&password=${encodeURIComponent(password)}`;
  const env = {
    USER_TOKEN: token,
    CONDUIT_SECRET: secret,
    CONDUIT_DB_URI: uri,
    LM_LITE_BIN: executable,
    RUST_LOG: "trace",
    DEBUG: "*",
  };
  const place = { executable, directory, state, postgres, docker };
  using life = new ObservedLife({
    ...{ folder, env, directory, executable, model },
    ...(docker !== undefined && { dockerHost: docker.host }),
  });
  const evidence: Evidence[] = [];
  const endpointKeys = new Set<string>();
  const look = async (program?: { readonly pid: number }) => {
    evidence.push(...(await evidenceOf(place, program)));
    for (const key of await endpointKeysOf(uri, secret)) endpointKeys.add(key);
  };
  try {
    await life.live(
      async (program) => {
        await look(program);
        await killEngines(place);
      },
      async (program) => look(program),
    );
    await life.cleanUp();
    await look();
    return findSecrets(
      [...evidence, ...life.evidence],
      [
        textSecret("the user's token", token),
        textSecret("the database's password", password),
        ...(withSecret ? [textSecret("CONDUIT_SECRET", secret)] : []),
        ...(withSecret ? [] : [keySecret("the key that encrypts endpoint keys", readKeyFile(state))]),
        ...[...endpointKeys].map((key) => keySecret("endpoint keys", key)),
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Characters that others escape, between parts that each give it away. */
function hardSecret(): string {
  return [0, 1, 2].map(() => randomBytes(18).toString("hex")).join(`"\\'/?%&<ü\n`);
}

async function endpointKeysOf(uri: string, secret: string): Promise<readonly string[]> {
  await using store = await openStateStore({ uri, secret });
  const rows = await store.transaction((transaction) => transaction.listDeployments());
  return rows.map(({ endpointKey }) => endpointKey).filter((key) => key !== undefined);
}

function readKeyFile(state: string): string {
  const path = join(state, "conduit.db.key");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  return readFileSync(path, "utf8").trim();
}
