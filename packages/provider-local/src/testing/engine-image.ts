import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { DockerDaemon } from "./docker-daemon.ts";

const native = fileURLToPath(new URL("../../../../native", import.meta.url));

/** What of the image is chosen. */
export interface EngineImage {
  /** Its name, with its tag. */
  readonly image: string;
  /** The engine, which needs the libraries of this machine. */
  readonly engine: string;
  /** More build arguments of native/Dockerfile. */
  readonly buildArguments?: Readonly<Record<string, string>> | undefined;
}

/** Builds native/Dockerfile of what is on this machine, as `npm run build:image` does: nothing is pulled, and nothing compiled. */
export async function buildEngineImage(
  daemon: DockerDaemon,
  { image, engine, buildArguments = {} }: EngineImage,
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "conduit-image-"));
  try {
    await promisify(execFile)(join(native, "image", "collect-root.sh"), [engine, join(context, "root")]);
    await copyFile(join(native, "Dockerfile"), join(context, "Dockerfile"));
    await buildImage(daemon, { context, image, buildArguments: { FILES: "collected", ...buildArguments } });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

interface ImageBuild {
  /** Folder with the Dockerfile. */
  readonly context: string;
  readonly image: string;
  readonly buildArguments: Readonly<Record<string, string>>;
}

/** With BuildKit, which does only what the image is made of. */
async function buildImage(
  { client }: DockerDaemon,
  { context, image, buildArguments }: ImageBuild,
): Promise<void> {
  const build = await client.buildImage(
    { context, src: ["Dockerfile", "root"] },
    { t: image, version: "2", nocache: true, buildargs: { ...buildArguments } },
  );
  await new Promise<void>((resolve, reject) => {
    client.modem.followProgress(build, (error) => (error === null ? resolve() : reject(error)));
  });
}
