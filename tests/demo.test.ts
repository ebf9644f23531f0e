import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { Value } from "typebox/value";
import { shownDate } from "../examples/demo-model/src/dates.ts";
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
    env: { ...process.env, TZ: "UTC", XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/**
 * Least share of the folder's entries that the demo has to print right. The aim is all of them; of 100 listings like this one, the model
 * reads about three with a mistake.
 */
const LEAST_RIGHT = 0.95;

test("npm run demo prints what the file system says of the folder it runs in", async () => {
  const before = filesOf(repository);
  const demo = startDemo();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, "exit"),
  ]);
  const after = filesOf(repository);
  assert.equal(exitCode, 0, stderr);
  const answer: unknown = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  Value.Assert(Files, answer);
  assert.ok(after.size <= 40, "the checkout has more entries than the model is made for");
  const found = new Map(answer.files.map((file) => [file.name, JSON.stringify(file)]));
  // What another program changes meanwhile is right before or after it; the folder above may change at any moment.
  const right = [...after.keys()].filter(
    (name) =>
      found.get(name) === JSON.stringify(before.get(name)) ||
      found.get(name) === JSON.stringify(after.get(name)) ||
      (name === ".." && found.has(name)),
  );
  const wrong = [...after.keys()].filter((name) => !right.includes(name));
  assert.ok(right.length >= LEAST_RIGHT * after.size, `wrong are ${wrong.join(", ")} in ${stdout}`);
});

function filesOf(folder: string): ReadonlyMap<string, Files["files"][number]> {
  const names = [".", "..", ...readdirSync(folder)];
  return new Map(
    names.map((name) => {
      const { size, mtime } = lstatSync(join(folder, name));
      return [name, { name, bytes: size, dateModified: shownDate(mtime, new Date()) }];
    }),
  );
}

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
