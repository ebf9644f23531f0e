import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Evidence } from "./find-secrets.ts";

/** All files below a folder, where there is one; `placeOf` says what kind of place a path is. */
export function folderEvidence(folder: string, placeOf: (path: string) => string): readonly Evidence[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return folderEvidence(path, placeOf);
    if (!entry.isFile()) return [];
    const content = unlessNothing(() => readFileSync(path));
    return content === undefined ? [] : [{ place: placeOf(path), detail: path, content }];
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  return unlessNothing(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

/** What lives may remove its files at any time, and some are handles of the kernel, which have no bytes. */
function unlessNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EINVAL"))
      return;
    throw error;
  }
}
