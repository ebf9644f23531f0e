import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { HubDownload } from "@conduit/types";

/**
 * Bytes of `downloads` that are not in a Hugging Face cache (`HF_HOME`) yet; what was begun counts as missing. 0 where it is not known
 * what is downloaded.
 */
export async function missingDownloadBytes(
  cacheFolder: string | undefined,
  downloads: readonly HubDownload[] = [],
): Promise<number> {
  const missing = downloads.map(async ({ id, bytes }) =>
    cacheFolder === undefined ? bytes : Math.max(0, bytes - (await cachedBytes(cacheFolder, id))),
  );
  return (await Promise.all(missing)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Size of the files of a repository's newest commit that a cache knows: `refs/main` names it, `snapshots/<commit>` has them. */
async function cachedBytes(cacheFolder: string, id: string): Promise<number> {
  const repository = join(cacheFolder, "hub", `models--${id.replaceAll("/", "--")}`);
  try {
    const commit = (await readFile(join(repository, "refs", "main"), "utf8")).trim();
    const snapshot = join(repository, "snapshots", commit);
    const sizes = (await readdir(snapshot)).map(async (name) => (await stat(join(snapshot, name))).size);
    return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    // Nothing, or nothing that this user may read, is there.
    return 0;
  }
}
