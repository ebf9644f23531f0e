import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Another text after every commit to a database, whoever made it, and after a close that takes the log with it. Asks only the file system, so
 * that it is known also to who cannot even open the database.
 */
export async function lastWrite(path: string): Promise<string> {
  const files = [path, `${path}-wal`];
  const found = await Promise.all(files.map((file) => stat(file, { bigint: true }).catch(() => undefined)));
  return found.map(describe).join();
}

/** An empty log comes about by looking. */
function describe(file: BigIntStats | undefined): string {
  return file === undefined || file.size === 0n ? "none" : `${file.ino} ${file.size} ${file.mtimeNs}`;
}
