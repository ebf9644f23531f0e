import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { packedFolder } from "../../scripts/lib/packages.ts";
import { repository } from "../../scripts/lib/paths.mjs";
import { withNativeBuilds } from "./native-builds.ts";

const scope = "@conduit/";

/** What came of a command. */
interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** An empty project outside the repository that installs packages as they would be published. */
export class ConsumerProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "conduit-consumer-"));

  /** Installs packages of this repository, by folder name, with those they depend on. */
  constructor(packages: readonly string[], fromRegistry: readonly string[] = []) {
    this.write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const tarballs = [...withDependencies(packages)].map(tarballOf);
    const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const { exitCode, output } = this.run("npm", ["install", ...flags, ...tarballs, ...fromRegistry]);
    if (exitCode !== 0) throw new Error(`npm install failed in ${this.folder}:\n${output}`);
  }

  /** Writes a file of the project. */
  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  /** Runs a command in the project's folder. */
  run(command: string, args: readonly string[]): CommandResult {
    const result = spawnSync(command, args, {
      cwd: this.folder,
      encoding: "utf8",
      env: withNativeBuilds(process.env),
    });
    if (result.error !== undefined) throw result.error;
    return { exitCode: result.status, output: result.stdout + result.stderr };
  }

  /** Runs a command that asks this process for something, and has these variables in addition. */
  async runServed(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<CommandResult> {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    return { exitCode, output: stdout + stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function tarballOf(name: string): string {
  const tarball = join(packedFolder, `conduit-${name}.tgz`);
  if (!existsSync(tarball)) throw new Error(`${tarball} is not there; run npm run build`);
  return tarball;
}

function withDependencies(names: readonly string[], found = new Set<string>()): ReadonlySet<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const manifest = JSON.parse(readFileSync(join(repository, "packages", name, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    withDependencies(conduitPackages(Object.keys(manifest.dependencies ?? {})), found);
  }
  return found;
}

/** The folder names of those packages that belong to this repository. */
export function conduitPackages(specifiers: readonly string[]): readonly string[] {
  return specifiers.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length));
}
