import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

const program = `
  import { PostgresBlock, Sqlite3Block, SqlDriverError, SupportsSqlCommand } from "./src/index.ts";
  for (const block of [
    new Sqlite3Block(SupportsSqlCommand),
    new PostgresBlock(SupportsSqlCommand, { url: "postgresql://host/database" }),
  ]) {
    const error = await block.run({ sqlCommand: "SELECT 1" }).catch((error) => error);
    console.log(SqlDriverError.isInstance(error), error.packageName, error.message.includes("npm install"));
  }
`;

test("without the drivers the package works, and its SQL blocks say what to install", () => {
  const project = mkdtempSync(join(tmpdir(), "conduit-drivers-"));
  try {
    cpSync(join(packageFolder, "src"), join(project, "src"), { recursive: true });
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(project, "program.ts"), program);
    for (const name of ["@conduit/types", "ofetch", "signal-exit", "typebox"]) {
      const link = join(project, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(packageFolder, "node_modules", name), link);
    }
    const args = ["--conditions=@conduit/source", join(project, "program.ts")];
    assert.equal(
      execFileSync(process.execPath, args, { encoding: "utf8" }),
      "true sqlite3 true\ntrue pg true\n",
    );
  } finally {
    rmSync(project, { recursive: true });
  }
});
