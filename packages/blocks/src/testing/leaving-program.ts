// A program that uses every block, ends some of them early, disposes none, and must end by itself: `leaving-nothing.test.ts`.
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  FileSystemReadBlock,
  FileSystemWriteBlock,
  FunctionBlock,
  HttpGetBlock,
  HttpPostBlock,
  PostgresBlock,
  Sqlite3Block,
  SupportsFileContent,
  SupportsShellCommand,
  SupportsSqlCommand,
  SystemCommandBlock,
} from "../index.ts";
import { Count, Text } from "./blocks.ts";

process.on("unhandledRejection", (reason) => {
  console.error("unhandled", reason);
  process.exit(1);
});

const [folder = "", server = "", database = ""] = process.argv.slice(2);

/** Runs something that never ends, and ends it. */
async function endEarly(run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const running = run(controller.signal);
  setTimeout(() => controller.abort(new Error("stop")), 100);
  await assert.rejects(running, /stop/);
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
const path = join(folder, "file");

assert.deepEqual(await new FunctionBlock(Text, Count, () => ({ count: 1 })).run({ text: "" }), { count: 1 });

assert.ok((await new HttpGetBlock(server).run()).success);
assert.ok((await new HttpPostBlock(Text, server).run({ text: "" })).success);
await endEarly((signal) => new HttpGetBlock(`${server}silent`).run({ signal }));
assert.ok(!(await new HttpGetBlock(`${server}silent`, { timeoutSeconds: 0.1 }).run()).success);

const sqlite = new Sqlite3Block(SupportsSqlCommand);
assert.ok((await sqlite.run({ sqlCommand: "SELECT 1" })).success);
await endEarly((signal) => sqlite.run({ sqlCommand: endless }, { signal }));

if (database !== "") {
  const postgres = new PostgresBlock(SupportsSqlCommand, { url: database });
  assert.ok((await postgres.run({ sqlCommand: "SELECT 1" })).success);
  await endEarly((signal) => postgres.run({ sqlCommand: "SELECT pg_sleep(1005)" }, { signal }));
}

assert.ok((await new FileSystemWriteBlock(SupportsFileContent, path).run({ fileContent: "a" })).success);
assert.ok((await new FileSystemReadBlock(path).run()).success);

const shell = new SystemCommandBlock(SupportsShellCommand);
assert.ok((await shell.run({ shellCommand: "true" })).success);
await endEarly((signal) => shell.run({ shellCommand: "sleep 1006" }, { signal }));
for await (const event of shell.stream({ shellCommand: "echo; sleep 1006" }))
  if (event.type === "partial") break;

console.log("done");
