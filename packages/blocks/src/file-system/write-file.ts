import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { FileSystemSettings } from "./file-options.ts";
import { notAFile } from "./file-problem.ts";
import { type FilePlace, findPlace } from "./held-folder.ts";
import { CAREFUL, statFile, tooLarge } from "./read-file.ts";

/** How content gets into a file. */
export interface WriteSettings extends FileSystemSettings {
  readonly append: boolean;
  readonly atomic: boolean;
  /** Of a file that is made, less the process's mask. */
  readonly mode: number;
}

const CHUNK_BYTES = 1024 ** 2;
const PERMISSIONS = 0o777;
/** Of a file that is not finished. */
const PRIVATE = 0o600;

/**
 * Writes a file, and gives its path.
 *
 * @throws FileProblem; what the system says; the signal's reason.
 */
export async function writeFile(
  path: string,
  content: Uint8Array,
  settings: WriteSettings,
  signal: AbortSignal,
): Promise<string> {
  if (content.byteLength > settings.maxFileBytes) throw tooLarge(settings.maxFileBytes);
  const place = await findPlace(path, settings.root);
  await using folder = place.folder;
  if (settings.append || !settings.atomic) await writeInPlace(place, content, settings, signal);
  else await replace(place, content, settings, signal);
  return join(folder.path, place.name);
}

async function writeInPlace(
  { folder, name }: FilePlace,
  content: Uint8Array,
  { append, mode, maxFileBytes }: WriteSettings,
  signal: AbortSignal,
): Promise<void> {
  const flags = constants.O_CREAT | (append ? constants.O_APPEND : 0);
  await using handle = await openToWrite(folder.at(name), flags, mode);
  const { size } = await statFile(handle);
  if (append && size + content.byteLength > maxFileBytes) throw tooLarge(maxFileBytes);
  if (!append) await handle.truncate(0);
  await writeAll(handle, content, signal);
  await handle.sync();
  await folder.sync();
}

/** A file beside it takes its place once it is whole, so that nobody ever sees, and no crash leaves, a part of one. */
async function replace(
  { folder, name }: FilePlace,
  content: Uint8Array,
  { mode }: WriteSettings,
  signal: AbortSignal,
): Promise<void> {
  const previous = await statWritable(folder.at(name));
  const draft = folder.at(`.conduit-${randomUUID()}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(draft, flags, previous === undefined ? mode : PRIVATE);
  try {
    try {
      await writeAll(handle, content, signal);
      if (previous !== undefined) await inherit(handle, previous);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    await rename(draft, folder.at(name));
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
  await folder.sync();
}

/** What is there already, which a rename would replace whether or not it may be written. */
async function statWritable(path: string): Promise<Stats | undefined> {
  try {
    await using handle = await openToWrite(path);
    return await statFile(handle);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function openToWrite(path: string, flags = 0, mode?: number): Promise<FileHandle> {
  try {
    return await open(path, constants.O_WRONLY | CAREFUL | flags, mode);
  } catch (error) {
    // A folder, and a pipe that nobody reads.
    const { code = "" } = error as NodeJS.ErrnoException;
    throw ["EISDIR", "ENXIO"].includes(code) ? notAFile() : error;
  }
}

/** Permissions and, where this user may give files away, the owner; never that programs run as their owner. */
async function inherit(handle: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid).catch(() => {});
  await handle.chmod(mode & PERMISSIONS);
}

async function writeAll(handle: FileHandle, content: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < content.byteLength; ) {
    signal.throwIfAborted();
    const { bytesWritten } = await handle.write(
      content,
      at,
      Math.min(CHUNK_BYTES, content.byteLength - at),
      null,
    );
    at += bytesWritten;
  }
}
