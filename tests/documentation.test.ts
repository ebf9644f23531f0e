import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pinnedNode, repository } from "../scripts/lib/paths.mjs";

/** Pages whose TypeScript a reader may copy as it stands. */
const pages = globSync(["README.md", "ai.txt", "docs/**/*.md", "packages/*/README.md"], { cwd: repository });

test("every TypeScript example of the documentation compiles", () => {
  const folder = join(repository, "node_modules", ".cache", "documentation");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let examples = 0;
  for (const page of pages) {
    const blocks = readFileSync(join(repository, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
    for (const [index, [, code = ""]] of [...blocks].entries()) {
      examples += 1;
      writeFileSync(join(folder, `${page.replaceAll("/", "--")}-${index + 1}.ts`), code);
    }
  }
  assert.ok(examples > 5, `found only ${examples} examples`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(repository, "tsconfig.base.json"),
      compilerOptions: {
        noUnusedLocals: false,
        paths: {
          "@conduit/compute-offerings/hub": [
            join(repository, "packages", "compute-offerings", "src", "hub", "index.ts"),
          ],
          "@conduit/*": [join(repository, "packages", "*", "src", "index.ts")],
        },
      },
      include: ["*.ts"],
    }),
  );
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(pinnedNode, [compiler, "--project", folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
