import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TestServer } from "./testing/http-server.ts";
import { awaitLivingProcesses } from "./testing/living-processes.ts";
import { noPostgres, startPostgres } from "./testing/postgres-server.ts";

const program = fileURLToPath(new URL("./testing/leaving-program.ts", import.meta.url));

test("a program that uses every block, and disposes none, ends by itself and leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conduit-leaving-"));
  await using server = await TestServer.start(({ url }, response) => {
    if (url !== "/silent") response.end("answer");
  });
  await using postgres = noPostgres ? undefined : await startPostgres();
  const database = postgres === undefined ? "" : postgres.uri(await postgres.createDatabase());
  const child = spawn(
    process.execPath,
    ["--conditions=@conduit/source", program, folder, server.url(), database],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const done = Promise.withResolvers<void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (text.includes("done")) done.resolve();
  });
  const exited = once(child, "exit");
  await Promise.race([done.promise, exited]);
  const hung = setTimeout(() => child.kill("SIGKILL"), 30_000);
  assert.deepEqual(await exited, [0, null], "it ended by itself soon after its last line");
  clearTimeout(hung);
  assert.deepEqual(await awaitLivingProcesses("sleep 1006", 0), []);
  rmSync(folder, { recursive: true });
});
