import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { FileProblem, notAFile } from "./file-problem.ts";

/** As many symbolic links as Linux follows. */
const MAX_LINKS = 40;

/**
 * A folder that is open, so that names in it lead into it whatever becomes of its path meanwhile: what `openat` is for, by way of
 * `/proc`. On systems without that, names go by the path, and whoever can move folders below the root can lead them elsewhere.
 */
export class HeldFolder implements AsyncDisposable {
  /** Where it is, with no symbolic link in it. */
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #base: string;

  private constructor(handle: FileHandle, path: string, base: string) {
    this.#handle = handle;
    this.path = path;
    this.#base = base;
  }

  /** @throws FileProblem when the folder is not below `root`, nor `root` itself. */
  static async open(path: string, root: string | undefined): Promise<HeldFolder> {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const base = `/proc/self/fd/${handle.fd}`;
      const held = await readlink(base).catch(() => undefined);
      const real = held ?? (await realpath(path));
      if (root !== undefined && !isWithin(await realpath(root), real)) throw outside(root);
      return new HeldFolder(handle, real, held === undefined ? real : base);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A path for the system that leads to a name in the folder. */
  at(name: string): string {
    return join(this.#base, name);
  }

  /** Makes what was made, renamed or removed in the folder survive the loss of power. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** A place for a file: a name that is no symbolic link, in a folder that is held. */
export interface FilePlace {
  readonly folder: HeldFolder;
  readonly name: string;
}

/**
 * Where a path leads to, through whatever symbolic links. The caller disposes the folder.
 *
 * @throws FileProblem when the path, or a link, leaves `root`; what the system says.
 */
export async function findPlace(path: string, root: string | undefined): Promise<FilePlace> {
  if (path.includes("\0")) throw new FileProblem("EINVAL", "the path contains a NUL character");
  // Said before anything is looked at that is none of the caller's business.
  if (root !== undefined && !isWithin(resolve(root), path) && !isWithin(await realpath(root), path)) {
    throw outside(root);
  }
  let next = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const name = basename(next);
    if (name === "") throw notAFile();
    const folder = await HeldFolder.open(dirname(next), root);
    const target = await readlink(folder.at(name)).catch(() => undefined);
    if (target === undefined) return { folder, name };
    next = resolve(folder.path, target);
    await folder[Symbol.asyncDispose]();
  }
  throw new FileProblem("ELOOP", "too many symbolic links encountered");
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(root: string): FileProblem {
  return new FileProblem("OUTSIDE_ROOT", `it is outside of ${root} (root)`);
}
