import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { repository } from "../../scripts/lib/paths.mjs";

/** A copy of the repository's TypeScript, in which a test may break the rules. */
export class RepositoryCopy implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "conduit-copy-")));

  constructor() {
    const files = readdirSync(repository, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const name of [
      ...files.map((file) => file.name),
      "packages",
      "examples",
      "bench",
      "scripts",
      "tests",
    ]) {
      cpSync(join(repository, name), join(this.folder, name), {
        recursive: true,
        // Links to other packages are relative and shall lead to their copies.
        verbatimSymlinks: true,
        filter: (path) => basename(path) !== "dist",
      });
    }
    symlinkSync(join(repository, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Writes a new file. */
  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  /** Adds to the end of a file. */
  append(file: string, content: string): void {
    appendFileSync(join(this.folder, file), content);
  }

  /** Makes one package importable from another by its name. */
  link(from: string, to: string): void {
    const scope = join(this.folder, "packages", from, "node_modules", "@conduit");
    mkdirSync(scope, { recursive: true });
    symlinkSync(`../../../${to}`, join(scope, to));
  }

  /** Runs the checks of `npm run lint` whose names contain `step` on the copy. */
  lint(step: string): { exitCode: number | null; output: string } {
    const result = spawnSync(process.execPath, [join(this.folder, "scripts", "lint.ts"), step], {
      cwd: this.folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${join(this.folder, "node_modules", ".bin")}:${process.env.PATH}` },
    });
    return { exitCode: result.status, output: result.stdout + result.stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
