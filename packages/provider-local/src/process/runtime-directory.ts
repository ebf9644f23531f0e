import { statSync } from "node:fs";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { localError } from "../local-error.ts";

/** Longest path of a Unix socket in bytes, the closing zero not counted. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** `$XDG_RUNTIME_DIR/conduit`, or `conduit-<user id>` among the temporary files: short, local, and empty after a restart of the machine. */
export function defaultRuntimeDirectory(): string {
  const runtimeDirectory = process.env.XDG_RUNTIME_DIR;
  if (runtimeDirectory !== undefined && isAbsolute(runtimeDirectory) && isOwnFolder(runtimeDirectory)) {
    return join(runtimeDirectory, "conduit");
  }
  return join(resolve(tmpdir()), `conduit-${process.getuid?.() ?? "user"}`);
}

/** After `su`, the variable names the folder of somebody else. */
function isOwnFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid);
}

/**
 * Makes the folder if it is not there, for this user alone.
 *
 * @throws ProviderError when it cannot be made, or is not a folder of this user: whoever owns it could read keys.
 */
export async function ensureRuntimeDirectory(directory: string): Promise<void> {
  const found = await makeFolder(directory);
  const owner = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== owner) {
    const what = found.isDirectory() ? `it belongs to user ${found.uid}` : "it is not a folder";
    throw localError(
      `expected ${directory} to be a folder of user ${owner}, but ${what}; remove it, or give LocalProvider another directory`,
    );
  }
  if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
}

async function makeFolder(directory: string) {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await lstat(directory);
  } catch (error) {
    throw localError(
      `expected to make the folder ${directory} for local nodes, but: ${(error as Error).message}; ` +
        "set XDG_RUNTIME_DIR, or give LocalProvider another directory",
      { cause: error },
    );
  }
}
