import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "./install.mjs";
import { repository } from "./paths.mjs";

/** Where a build puts the packages as they would be published. */
export const packedFolder = join(repository, "dist", "packages");

/** Builds JavaScript and declarations of every package and packs them; resolves to the exit code. */
export async function buildPackages(): Promise<number> {
  const packages = ["--recursive", "--filter=./packages/*"];
  const built = await pnpm([...packages, "run", "build"]);
  if (built.exitCode !== 0) return built.exitCode;
  rmSync(packedFolder, { recursive: true, force: true });
  const { exitCode } = await pnpm(["--silent", ...packages, "pack", "--out", join(packedFolder, "%s.tgz")]);
  return exitCode;
}

/** The tarballs of the last build. */
export function packedPackages(): readonly string[] {
  return globSync(join(packedFolder, "*.tgz")).sort();
}
