import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { Value } from "typebox/value";
import { Files } from "../examples/shell-to-files/src/files.ts";
import { repository } from "../scripts/lib/paths.mjs";
import { descendantsOf, holdsWithin, survivors } from "./support/processes.ts";

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts the demo with nodes of its own, so that the engine is none that another program has started. */
function startDemo(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const folder = mkdtempSync(join(tmpdir(), "conduit-demo-"));
  folders.push(folder);
  return spawn("npm", ["run", "demo", "--", ...args], {
    cwd: repository,
    env: { ...process.env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test("npm run demo ends with the JSON of Files", async () => {
  const demo = startDemo();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, "exit"),
  ]);
  assert.equal(exitCode, 0, stderr);
  const lastLine = stdout.trimEnd().split("\n").at(-1) ?? "";
  assert.ok(Value.Check(Files, JSON.parse(lastLine)), lastLine);
});

for (const [moment, progress] of [
  ["while the engine starts", "Deploying"],
  ["while a command runs", "Running sleep"],
] as const) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    test(`${signal} ${moment} leaves nothing behind`, async () => {
      // The demo stops the command after 5 s; what ends before that ends because of the signal.
      const demo = startDemo("--command", "sleep 60");
      demo.stdout.resume();
      await output(demo.stderr, progress);
      assert.ok(demo.pid);
      const engineRuns = () =>
        descendantsOf(demo.pid ?? 0).some((row) => /lm-lite\b.* serve\b/.test(row.command));
      assert.ok(await holdsWithin(5_000, engineRuns), "no engine was started");

      const started = descendantsOf(demo.pid).map((row) => row.processId);
      demo.kill(signal);
      await once(demo, "exit");
      assert.ok(
        await holdsWithin(4_000, () => survivors(started).length === 0),
        JSON.stringify(survivors(started), null, 2),
      );
    });
  }
}

/** Resolves when the stream has brought a text; rejects when it ends before. */
async function output(stream: Readable, wanted: string): Promise<void> {
  let seen = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += String(chunk);
    if (seen.includes(wanted)) {
      stream.resume();
      return;
    }
  }
  throw new Error(`expected ${JSON.stringify(wanted)} in the progress, but found:\n${seen}`);
}
