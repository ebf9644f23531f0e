import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { header, manyPipelines, wrongPipelines } from "./testing/wrong-pipelines.ts";

const MAX_INSTANTIATIONS = 200_000;
const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const repository = join(packageFolder, "..", "..");

// Within the package, so that the compiler finds what the package depends on.
const folder = join(packageFolder, "node_modules", ".cache", "compiler-test");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

function compile(compiler: string, name: string, code: string, ...flags: readonly string[]): string {
  writeFileSync(join(folder, `${name}.ts`), code);
  const tsconfig = {
    extends: join(repository, "tsconfig.base.json"),
    compilerOptions: {
      noUnusedLocals: false,
      types: [],
      paths: { "@conduit/blocks": [join(packageFolder, "src", "index.ts")] },
    },
    files: [`${name}.ts`],
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(tsconfig));
  const program = join(repository, "node_modules", compiler, "bin", "tsc");
  const args = [program, "--project", join(folder, `${name}.json`), "--pretty", "false", ...flags];
  return spawnSync(process.execPath, args, { encoding: "utf8" }).stdout;
}

/** The older compiler takes ten times as long. */
const compilers = process.env.CONDUIT_FULL === undefined ? ["typescript"] : ["typescript", "typescript-6"];

for (const compiler of compilers) {
  describe(compiler, () => {
    test(`rejects ${wrongPipelines.length} wrong pipelines, and names the field of each`, () => {
      const code = `${header}${wrongPipelines.map(([pipeline]) => `${pipeline};`).join("\n")}\n`;
      const output = compile(compiler, `wrong-${compiler}`, code);
      const firstLine = header.split("\n").length;
      for (const [index, [pipeline, message]] of wrongPipelines.entries()) {
        const error = new RegExp(`\\.ts\\(${firstLine + index},\\d+\\): error (?:.*\\n)(?: .*\\n)*`).exec(
          output,
        );
        assert.ok(error?.[0].includes(message), `${pipeline}: expected "${message}", found ${error?.[0]}`);
      }
    });

    test("compiles a hundred pipelines of six steps cheaply", (t) => {
      const output = compile(compiler, `many-${compiler}`, manyPipelines(100), "--extendedDiagnostics");
      assert.doesNotMatch(output, /error/);
      const [, instantiations] = /^Instantiations:\s+(\d+)$/m.exec(output) ?? [];
      t.diagnostic(`${instantiations} instantiations`);
      assert.ok(Number(instantiations) < MAX_INSTANTIATIONS, `${instantiations} instantiations`);
    });
  });
}
