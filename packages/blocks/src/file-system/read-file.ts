import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { FileSystemSettings } from "./file-options.ts";
import { FileProblem, notAFile } from "./file-problem.ts";
import { findPlace } from "./held-folder.ts";

/** A file that was read. */
export interface ReadFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const CHUNK_BYTES = 1024 ** 2;

/** What an open that may meet a pipe or a terminal needs, so as not to wait for one, nor to be ended by one. */
export const CAREFUL = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** @throws FileProblem; what the system says; the signal's reason. */
export async function readFile(
  path: string,
  { root, maxFileBytes }: FileSystemSettings,
  signal: AbortSignal,
): Promise<ReadFile> {
  const place = await findPlace(path, root);
  await using folder = place.folder;
  await using handle = await open(folder.at(place.name), constants.O_RDONLY | CAREFUL);
  const { size } = await statFile(handle);
  if (size > maxFileBytes) throw tooLarge(maxFileBytes);
  return { path: join(folder.path, place.name), bytes: await readAll(handle, size, maxFileBytes, signal) };
}

/** @throws FileProblem when it is no file. */
export async function statFile(handle: FileHandle) {
  const stats = await handle.stat();
  if (!stats.isFile()) throw notAFile();
  return stats;
}

export function tooLarge(maxFileBytes: number): FileProblem {
  return new FileProblem("TOO_LARGE", `it has more than ${maxFileBytes} bytes (maxFileBytes)`);
}

/** Reads to the end, wherever that is by then: files grow, and those of `/proc` say that they have no bytes. */
async function readAll(
  handle: FileHandle,
  size: number,
  maxFileBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const length = Math.min(Math.max(size - bytes, 0) + 1, CHUNK_BYTES);
    const buffer = Buffer.allocUnsafe(Math.max(length, 4096));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks, bytes);
    bytes += bytesRead;
    if (bytes > maxFileBytes) throw tooLarge(maxFileBytes);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
