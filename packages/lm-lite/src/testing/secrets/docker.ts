import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Evidence } from "./find-secrets.ts";
import { folderEvidence } from "./folders.ts";

/** What the tests of the local provider run a daemon with. Packages reach each other's test code by its address only. */
interface DockerDaemonModule {
  readonly noDocker: string | false;
  readonly DockerDaemon: { start(): Promise<DockerDaemon> };
}

interface EngineImageModule {
  buildEngineImage(
    daemon: DockerDaemon,
    image: { readonly image: string; readonly engine: string },
  ): Promise<void>;
}

export interface DockerDaemon extends AsyncDisposable {
  /** Holds everything of it. */
  readonly folder: string;
  readonly socketPath: string;
  /** As `DOCKER_HOST` has it. */
  readonly host: string;
}

const addressOf = (file: string) =>
  new URL(`./testing/${file}`, import.meta.resolve("@conduit/provider-local")).href;
const daemonModule: DockerDaemonModule = await import(addressOf("docker-daemon.ts"));
const imageModule: EngineImageModule = await import(addressOf("engine-image.ts"));

/** Why there is no Docker on this machine, for tests that need it to say so. */
export const { noDocker } = daemonModule;

/** A daemon that has the engine as an image. */
export async function startDocker(image: string, executable: string): Promise<DockerDaemon> {
  const daemon = await daemonModule.DockerDaemon.start();
  await imageModule.buildEngineImage(daemon, { image, engine: executable });
  return daemon;
}

/** Names of all containers, whether they run or not. */
export async function listContainers(daemon: DockerDaemon): Promise<readonly string[]> {
  const listed: readonly { readonly Id: string }[] = JSON.parse(
    String(await call(daemon, "GET", "/containers/json?all=1")),
  );
  return listed.map(({ Id }) => Id);
}

export async function killContainer(daemon: DockerDaemon, id: string): Promise<void> {
  await call(daemon, "POST", `/containers/${id}/kill`);
}

/** What the daemon tells, and what it keeps. */
export async function dockerEvidence(daemon: DockerDaemon): Promise<readonly Evidence[]> {
  const ids = await listContainers(daemon);
  const nowSeconds = Math.ceil(Date.now() / 1000);
  const paths = [
    "/containers/json?all=1",
    "/images/json",
    "/volumes",
    `/events?since=0&until=${nowSeconds}`,
    ...ids.flatMap((id) => [
      `/containers/${id}/json`,
      `/containers/${id}/top`,
      `/containers/${id}/logs?stdout=1&stderr=1`,
    ]),
  ];
  const told = paths.map(async (path) => {
    const place = path.includes("/logs") ? "logs" : "docker inspect";
    return { place, detail: path, content: await call(daemon, "GET", path) };
  });
  // Layers of images are not looked at: nothing writes secrets there.
  const folders = ["data/volumes", "data/containers", "exec"].map((name) => join(daemon.folder, name));
  const log = {
    place: "logs",
    detail: "the daemon's log",
    content: readFileSync(join(daemon.folder, "log")),
  };
  return [...(await Promise.all(told)), log, ...folders.flatMap((folder) => folderEvidence(folder, placeOf))];
}

function placeOf(path: string): string {
  const isSecretFile = /\/volumes\/[^/]+\/_data\/secrets\/[^/]+$/.test(path);
  return isSecretFile ? "secret files in a container's volume" : "files of Docker";
}

function call({ socketPath }: DockerDaemon, method: "GET" | "POST", path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (response) => buffer(response).then(resolve, reject));
    sent.once("error", reject).end();
  });
}
