import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** "node 24.21.0, zod 4.6.7, ..." */
export function peerVersions(...packages: readonly string[]): string {
  return [`node ${process.versions.node}`, ...packages.map((name) => `${name} ${versionOf(name)}`)].join(
    ", ",
  );
}

/** Not every package lets its manifest be imported by its name, so it is looked for above the entry. */
function versionOf(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = manifestIn(folder);
    if (manifest?.name === name && manifest.version !== undefined) return manifest.version;
  }
  throw new Error(`no manifest of ${name} found above its entry`);
}

function manifestIn(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name?: string;
      version?: string;
    };
  } catch {
    return undefined;
  }
}
