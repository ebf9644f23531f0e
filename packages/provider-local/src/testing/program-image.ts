import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pack } from "tar-stream";
import { type DockerDaemon, librariesOf } from "./docker-daemon.ts";

/** Image whose containers run `container-server.ts`. */
export const SERVER_IMAGE = "conduit-tests/server:1";

const server = fileURLToPath(new URL("./container-server.ts", import.meta.url));

/** An image from scratch, of a program of this machine with the libraries that it needs. */
export interface ProgramImage {
  readonly image: string;
  readonly program: string;
  /** More files, by their path in the image. */
  readonly files?: Readonly<Record<string, string>>;
  /** What else is in it, by its path. */
  readonly contents?: Readonly<Record<string, Buffer>>;
  readonly arguments: readonly string[];
}

export async function importServerImage(daemon: DockerDaemon): Promise<void> {
  const files = { "/server.ts": server };
  await importImage(daemon, {
    image: SERVER_IMAGE,
    program: process.execPath,
    files,
    arguments: ["/server.ts"],
  });
}

async function importImage(daemon: DockerDaemon, image: ProgramImage): Promise<void> {
  const entrypoint = ["/program", ...image.arguments];
  await importRoot(daemon, { image: image.image, root: rootFileSystem(image), entrypoint });
}

/** An image of one layer. */
interface RootImage {
  readonly image: string;
  /** Everything that it holds, as a tar archive. */
  readonly root: Readable;
  readonly entrypoint: readonly string[];
}

async function importRoot({ client }: DockerDaemon, { image, root, entrypoint }: RootImage): Promise<void> {
  const [repo, tag] = image.split(":");
  const changes = `ENTRYPOINT ${JSON.stringify(entrypoint)}`;
  for await (const message of await client.importImage(root, { repo, tag, changes })) {
    const text = String(message);
    if (text.includes('"error"')) throw new Error(`Docker could not import ${image}: ${text}`);
  }
}

/** Everything that the image holds, as a tar archive. */
export function rootFileSystem({ program, files = {}, contents = {} }: ProgramImage): Readable {
  const archive = pack();
  const add = (path: string, content: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const entry = { name: path.slice(1), mode: 0o755 };
      archive.entry(entry, content, (error) => (error ? reject(error) : resolve()));
    });
  const write = async () => {
    archive.entry({ name: "tmp", type: "directory", mode: 0o1777 });
    await add("/program", await readFile(program));
    for (const library of librariesOf(program)) await add(library, await readFile(library));
    for (const [path, source] of Object.entries(files)) await add(path, await readFile(source));
    for (const [path, content] of Object.entries(contents)) await add(path, content);
    archive.finalize();
  };
  write().catch((error) => archive.destroy(error));
  return Readable.from(archive);
}
