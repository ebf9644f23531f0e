import { join } from "node:path";
import { type DockerDaemon, dockerEvidence, killContainer, listContainers } from "./docker.ts";
import type { Evidence } from "./find-secrets.ts";
import { folderEvidence } from "./folders.ts";
import { type PostgresServer, postgresEvidence } from "./postgres.ts";
import { listProcesses, type ProcessEvidence, processEvidence } from "./processes.ts";

/** What a program lives in with its deployments. */
export interface Place {
  readonly executable: string;
  /** Folder of nodes that are processes. */
  readonly directory: string;
  /** Folder of a SQLite database. */
  readonly state: string;
  /** The database, where it is one of PostgreSQL. */
  readonly postgres?: { readonly server: PostgresServer; readonly database: string } | undefined;
  /** The daemon of nodes that are containers. */
  readonly docker?: DockerDaemon | undefined;
}

/** What everybody, or this user, may see there while a program lives, or after it. */
export async function evidenceOf(
  place: Place,
  program?: { readonly pid: number },
): Promise<readonly Evidence[]> {
  const { directory, state, postgres, docker } = place;
  return [
    ...processEvidence(listProcesses(), (process) =>
      process.pid === program?.pid
        ? "the program"
        : isEngine(place, process)
          ? "the engine"
          : "other processes",
    ),
    ...folderEvidence(directory, () => "folders of nodes"),
    ...folderEvidence(state, (path) => (path.endsWith(".key") ? "key file" : "database")),
    ...(postgres === undefined ? [] : await postgresEvidence(postgres.server, postgres.database)),
    ...(docker === undefined ? [] : await dockerEvidence(docker)),
  ];
}

function isEngine({ executable }: Place, { commandLine: [program] }: ProcessEvidence): boolean {
  return program === executable || program === "/program";
}

export async function killEngines({ directory, docker }: Place): Promise<void> {
  if (docker !== undefined) {
    for (const id of await listContainers(docker)) await killContainer(docker, id);
    return;
  }
  for (const { pid, commandLine } of listProcesses()) {
    if (commandLine.join(" ").includes(join(directory, "nodes"))) process.kill(pid, "SIGKILL");
  }
}
