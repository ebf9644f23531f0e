import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../cli.ts", import.meta.url));

/** A folder of files, in which the command `compute-offerings` runs from its sources. */
export class CommandFolder implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "compute-offerings-command-"));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(this.#folder, dirname(name)), { recursive: true });
      writeFileSync(join(this.#folder, name), content);
    }
  }

  /** Runs `compute-offerings` with arguments. */
  run(...args: readonly string[]): { exitCode: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@conduit/source", command, ...args],
      {
        cwd: this.#folder,
        encoding: "utf8",
        timeout: 60_000,
        // No request leaves the machine: the Hub's cache is empty, and offline.
        env: { ...process.env, HF_HOME: join(this.#folder, "cache") },
      },
    );
    return { exitCode: status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
