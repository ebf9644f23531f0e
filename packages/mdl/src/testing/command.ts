import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

/** A folder of schema files, in which the command `mdl` runs from its sources. */
export class CommandFolder implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), "mdl-command-"));

  constructor(files: Readonly<Record<string, string>>) {
    symlinkSync(join(packageFolder, "node_modules"), join(this.folder, "node_modules"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.folder, name), content);
  }

  /** Runs `mdl` with arguments. */
  run(...args: readonly string[]): { exitCode: number | null; stdout: string; stderr: string } {
    const command = ["--conditions=@conduit/source", join(packageFolder, "src", "cli.ts"), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: this.folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    return { exitCode: status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
