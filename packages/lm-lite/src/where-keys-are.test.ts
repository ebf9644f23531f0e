import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openStateStore } from "@conduit/state";
import { LM_LITE } from "./runtime-profile.ts";
import {
  type DockerDaemon,
  dockerEvidence,
  killContainer,
  listContainers,
  noDocker,
  startDocker,
} from "./testing/secrets/docker.ts";
import { type Evidence, type Findings, findSecrets } from "./testing/secrets/find-secrets.ts";
import { folderEvidence } from "./testing/secrets/folders.ts";
import { ObservedLife } from "./testing/secrets/observed-life.ts";
import {
  noPostgres,
  type PostgresServer,
  postgresEvidence,
  startPostgres,
} from "./testing/secrets/postgres.ts";
import { listProcesses, type ProcessEvidence, processEvidence } from "./testing/secrets/processes.ts";
import { keySecret, type Secret, textSecret } from "./testing/secrets/secret.ts";

const executable = process.env.LM_LITE_BIN ?? "";
const model = process.env.RANDOM_MODEL ?? "";
const skip =
  (executable === "" || model === "") && "LM_LITE_BIN and RANDOM_MODEL do not name an engine and a model";

/** Characters that others escape, between parts that each give it away. */
const hardSecret = () => [0, 1, 2].map(() => randomBytes(18).toString("hex")).join(`"\\'/?%&<ü\n`);

interface LifeOptions {
  readonly postgres?: PostgresServer;
  readonly docker?: DockerDaemon;
  /** Whether `CONDUIT_SECRET` is set. */
  readonly withSecret: boolean;
}

/** Where secrets are found during and after a life. */
async function findingsOf({ postgres, docker, withSecret }: LifeOptions): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), "ck-"));
  const [directory, state] = ["nodes", "state"].map((name) => join(folder, name)) as [string, string];
  mkdirSync(state);
  const token = hardSecret();
  const secret = withSecret ? hardSecret() : undefined;
  const password = hardSecret();
  const secrets: Secret[] = [
    textSecret("the user's token", token),
    textSecret("the database's password", password),
  ];
  if (secret !== undefined) secrets.push(textSecret("CONDUIT_SECRET", secret));

  const path = join(state, "conduit.db");
  const plainUri = postgres?.uri(await postgres.createDatabase());
  const uri =
    plainUri === undefined ? `sqlite:///${path}` : `${plainUri}&password=${encodeURIComponent(password)}`;
  const evidence: Evidence[] = [];

  const kindOf = (pid: number, process: ProcessEvidence) => {
    if (process.pid === pid) return "the program";
    const [program = ""] = process.commandLine;
    return program === executable || program === "/program" ? "the engine" : "other processes";
  };
  const collect = async (pid: number) => {
    evidence.push(...processEvidence(listProcesses(), (process) => kindOf(pid, process)));
    evidence.push(...folderEvidence(directory, () => "folders of nodes"));
    evidence.push(...folderEvidence(state, (file) => (file.endsWith(".key") ? "key file" : "database")));
    if (postgres !== undefined && plainUri !== undefined)
      evidence.push(...(await postgresEvidence(postgres, plainUri)));
    if (docker !== undefined) evidence.push(...(await dockerEvidence(docker)));
    await using store = await openStateStore({ uri, secret: secret ?? "" });
    for (const { endpointKey } of await store.transaction((transaction) => transaction.listDeployments())) {
      secrets.push(keySecret("endpoint keys", endpointKey ?? ""));
    }
  };
  const killEngines = async () => {
    if (docker !== undefined) {
      for (const id of await listContainers(docker)) await killContainer(docker, id);
      return;
    }
    for (const { pid, commandLine } of listProcesses()) {
      if (commandLine.join(" ").includes(join(directory, "nodes"))) process.kill(pid, "SIGKILL");
    }
  };

  const env = {
    USER_TOKEN: token,
    CONDUIT_SECRET: secret ?? "",
    CONDUIT_DB_URI: uri,
    LM_LITE_BIN: executable,
    RUST_LOG: "trace",
    DEBUG: "*",
  };
  const dockerHost = docker && { dockerHost: docker.host };
  using life = new ObservedLife({ folder, env, directory, executable, model, ...dockerHost });
  try {
    let looks = 0;
    await life.live(async (pid) => {
      await collect(pid);
      if (looks++ === 0) await killEngines();
    });
    await life.cleanUp();
    await collect(0);
    if (postgres === undefined && secret === undefined) {
      const keyFile = `${path}.key`;
      assert.equal(statSync(keyFile).mode & 0o777, 0o600);
      secrets.push(keySecret("the key that encrypts endpoint keys", readFileSync(keyFile, "utf8").trim()));
    }
    return findSecrets([...evidence, ...life.evidence], secrets);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function assertOnly(findings: Findings, expected: readonly string[]): void {
  const unexpected = [...findings].filter(([finding]) => !expected.includes(finding));
  assert.deepEqual(new Map(unexpected), new Map());
  // That the others are found shows that the search finds.
  assert.deepEqual([...findings.keys()].sort(), expected);
}

describe("after a full life, keys are only where docs/deployments.md says", {
  skip,
  concurrency: true,
}, () => {
  test("of processes, with a key file", async () => {
    assertOnly(await findingsOf({ withSecret: false }), [
      "environment of the engine: endpoint keys",
      "environment of the engine: the user's token",
      "environment of the program: the user's token",
      "key file: the key that encrypts endpoint keys",
    ]);
  });

  test("of processes, with a secret and PostgreSQL", { skip: noPostgres }, async () => {
    await using postgres = await startPostgres();
    assertOnly(await findingsOf({ withSecret: true, postgres }), [
      "environment of the engine: endpoint keys",
      "environment of the engine: the user's token",
      "environment of the program: CONDUIT_SECRET",
      "environment of the program: the database's password",
      "environment of the program: the user's token",
    ]);
  });

  test("of containers, with a secret", { skip: noDocker }, async () => {
    await using docker = await startDocker(LM_LITE.image, executable);
    assertOnly(await findingsOf({ withSecret: true, docker }), [
      "environment of the program: CONDUIT_SECRET",
      "environment of the program: the user's token",
      "secret files in a container's volume: endpoint keys",
      "secret files in a container's volume: the user's token",
    ]);
  });
});
