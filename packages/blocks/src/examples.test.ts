import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const repository = join(packageFolder, "..", "..");

/** What an example of TSDoc has at hand without saying so. */
const imports = `
import { type OutputOf, type Schema } from "@conduit/types";
import {
  batch, Block, type BlockContext, BlockTimeoutError, branch, cache, consoleReporter, describe,
  fallback, FileSystemReadBlock, FileSystemWriteBlock, FunctionBlock, HttpGetBlock, HttpPostBlock,
  map, MemoryCache, observeBlocks, parallel, pipe, PostgresBlock, type Requires, retry, runPart,
  Sqlite3Block, SupportsFileContent, SupportsShellCommand, SupportsSqlCommand, SystemCommandBlock,
  SystemCommandOperation, tap, timeout, toMermaid, UsageMeter,
} from "@conduit/blocks";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTelemetryObserver } from "@conduit/blocks/opentelemetry";
import { Type } from "typebox";
`;

/** The examples of the documentation, by where they stand. */
const examples = new Map<string, string>();
for (const file of globSync("src/**/*.ts", { cwd: packageFolder, exclude: ["**/*.test.ts"] })) {
  const source = readFileSync(join(packageFolder, file), "utf8");
  for (const { 1: indented = "", index } of source.matchAll(/^ \* ```ts\n(.*?)^ \* ```$/gms)) {
    const line = source.slice(0, index).split("\n").length;
    examples.set(`${file}:${line}`, imports + indented.replaceAll(/^ \* ?/gm, ""));
  }
}
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
for (const [, code = ""] of readme.matchAll(/^```ts\n(.*?)^```$/gms))
  examples.set(`README.md:${examples.size}`, code);

describe("the examples of the documentation", () => {
  const project = mkdtempSync(join(tmpdir(), "conduit-examples-"));
  after(() => rmSync(project, { recursive: true }));
  mkdirSync(join(project, "node_modules", "@conduit"), { recursive: true });
  for (const name of ["@conduit/types", "typebox"])
    symlinkSync(join(packageFolder, "node_modules", name), join(project, "node_modules", name));
  symlinkSync(packageFolder, join(project, "node_modules", "@conduit", "blocks"));
  symlinkSync(join(repository, "node_modules", "@types"), join(project, "node_modules", "@types"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  const pathOf = (name: string): string => join(project, `${name.replaceAll(/\W/g, "-")}.ts`);
  for (const [name, code] of examples) writeFileSync(pathOf(name), code);

  test("are there", () => assert.ok(examples.size >= 5));

  test("compile", () => {
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
    const tsconfig = { extends: join(repository, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
    const compiler = join(repository, "node_modules", ".bin", "tsc");
    const { status, stdout } = spawnSync(compiler, ["-p", project], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  for (const [name, code] of examples) {
    test(`${name} runs and prints what it says`, () => {
      const output = execFileSync(process.execPath, ["--conditions=@conduit/source", pathOf(name)], {
        encoding: "utf8",
      });
      const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
      if (promised.length > 0) assert.deepEqual(output.trimEnd().split("\n"), promised);
    });
  }
});
