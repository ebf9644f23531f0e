import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./child-process.mjs";

/** What the engine trusts when it fetches models. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** What containers of the engine's image run. */
export const ENGINE_ENTRYPOINT = ["/lm-lite", "serve", "--host", "0.0.0.0", "--port", "8000"];

/**
 * Writes what the engine's image holds into a folder, as a tar archive: the engine and the libraries of this machine that it needs.
 *
 * @returns The archive.
 * @throws Error when tar fails.
 */
export async function packEngineImage(engine: string, folder: string): Promise<string> {
  const root = join(folder, "root");
  const add = (source: string, path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(source, join(root, path));
  };
  mkdirSync(join(root, "tmp"), { recursive: true, mode: 0o1777 });
  add(engine, "lm-lite");
  for (const library of await librariesOf(engine)) add(library, library);
  if (existsSync(CERTIFICATES)) add(CERTIFICATES, CERTIFICATES);
  const archive = join(folder, "root.tar");
  const tar = ["--create", "--file", archive, "--directory", root, "--owner=0", "--group=0", "."];
  const { exitCode } = await run("tar", tar);
  if (exitCode !== 0) throw new Error(`tar failed with exit code ${exitCode}`);
  rmSync(root, { recursive: true });
  return archive;
}

async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run("ldd", [program], { stdout: "pipe" });
  return stdout.match(/\/\S+/g) ?? [];
}
