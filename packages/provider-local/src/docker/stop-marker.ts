import { text } from "node:stream/consumers";
import type { CallOptions } from "@conduit/types";
import { extract } from "tar-stream";
import type { Daemon } from "./daemon.ts";
import { fileArchive, NODE_FOLDER } from "./node-archive.ts";

const FILE = "stopped";

/**
 * Writes down that the run of a container which began then is meant to end. A program that does not end by itself is killed, and Docker
 * would show only that.
 */
export async function markStopped(
  daemon: Daemon,
  name: string,
  startedAt: string,
  options: CallOptions,
): Promise<void> {
  const archive = await fileArchive(FILE, startedAt);
  await daemon.call(
    { ...options, what: `write down that ${name} is stopped`, changes: true },
    (client, abortSignal) =>
      client.getContainer(name).putArchive(archive, { path: NODE_FOLDER, abortSignal }),
  );
}

/** Whether the run that began then was meant to end. */
export async function isMarkedStopped(
  daemon: Daemon,
  name: string,
  startedAt: string,
  options: CallOptions,
): Promise<boolean> {
  const archive = await daemon.find(
    { ...options, what: `see whether ${name} was stopped`, changes: false },
    (client, abortSignal) =>
      client.getContainer(name).getArchive({ path: `${NODE_FOLDER}/${FILE}`, abortSignal }),
  );
  return archive !== undefined && (await firstFile(archive)) === startedAt;
}

async function firstFile(archive: NodeJS.ReadableStream): Promise<string> {
  const files = extract();
  archive.on("error", (error) => files.destroy(error));
  archive.pipe(files);
  for await (const file of files) return text(file);
  return "";
}
