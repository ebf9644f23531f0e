import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { packedFolder } from "../../scripts/lib/packages.ts";
import { repository } from "../../scripts/lib/paths.mjs";

/**
 * Environment in which npm takes what sqlite3 has compiled from this workspace, where it would download it, or compile it for minutes on machines
 * that cannot. Where the name does not fit, it does so all the same.
 */
export function withNativeBuilds(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = realpathSync(join(repository, "packages", "state", "node_modules", "sqlite3"));
  const { version, binary } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
    binary: { napi_versions: readonly number[] };
  };
  const abi = Math.max(...binary.napi_versions);
  const prebuilds = join(packedFolder, "prebuilds");
  const tarball = join(
    prebuilds,
    `sqlite3-v${version}-napi-v${abi}-${process.platform}-${process.arch}.tar.gz`,
  );
  if (!existsSync(tarball)) {
    mkdirSync(prebuilds, { recursive: true });
    const { status, stderr } = spawnSync(
      "tar",
      ["-czf", tarball, "-C", folder, "build/Release/node_sqlite3.node"],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`expected to pack what sqlite3 has compiled, but tar said: ${stderr}`);
  }
  return { ...env, npm_config_sqlite3_local_prebuilds: prebuilds };
}
