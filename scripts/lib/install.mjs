import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child-process.mjs";
import { pinnedNode, repository } from "./paths.mjs";

const stampFile = join(repository, "node_modules", ".conduit-install-stamp");

/**
 * Installs the npm dependencies unless they stand as the manifests and the lockfile say.
 *
 * @returns {Promise<number>} The exit code of pnpm, 0 where nothing had to be done.
 */
export async function install() {
  if (existsSync(pinnedNode) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp())
    return 0;
  process.stderr.write("Installing npm dependencies ...\n");
  const { exitCode } = await pnpm(["install"], { stdout: "stderr" });
  // Read again: an install outside CI may have brought the lockfile up to date.
  if (exitCode === 0) writeFileSync(stampFile, stamp());
  return exitCode;
}

/**
 * Runs pnpm in the version that the root manifest pins; npm fetches it where it is not there yet.
 *
 * @param {readonly string[]} args
 * @param {import("./child-process.mjs").RunOptions} [options]
 */
export function pnpm(args, options = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return run("npx", ["--yes", packageManager, ...args], { cwd: repository, ...options });
}

/** Fingerprint of everything that decides what is installed. */
function stamp() {
  const manifests = ["packages", "examples"].flatMap((folder) =>
    existsSync(join(repository, folder))
      ? readdirSync(join(repository, folder)).map((name) => join(folder, name, "package.json"))
      : [],
  );
  const hash = createHash("sha256");
  const roots = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", join("bench", "package.json")];
  for (const file of [...roots, ...manifests.sort()]) {
    const path = join(repository, file);
    if (existsSync(path)) hash.update(`${file}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}
