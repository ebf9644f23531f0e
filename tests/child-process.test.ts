import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { after, test } from "node:test";
import { repository } from "../scripts/lib/paths.mjs";
import { holdsWithin, survivors } from "./support/processes.ts";

const library = join(repository, "scripts", "lib");

/** The child prints its process id and that of a grandchild, and would go on for a minute. */
const longRunning = `
  const { spawn } = await import("node:child_process");
  const grandchild = spawn("sleep", ["60"]);
  console.log(JSON.stringify([process.pid, grandchild.pid, process.env.CONDUIT_PARENT_PROCESS_ID ?? null]));
  setTimeout(() => {}, 60_000);
`;

const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

/** Starts a script that runs `longRunning`, and resolves when that is up. */
async function startScript(options: { watchesParent: boolean }) {
  const preload = options.watchesParent ? ["--import", join(library, "end-with-parent.mjs")] : [];
  const args = [...preload, "--input-type=module", "--eval", longRunning];
  const script = `
    import ${JSON.stringify(join(library, "end-with-signals.mjs"))};
    import { run } from ${JSON.stringify(join(library, "child-process.mjs"))};
    const { exitCode } = await run(process.execPath, ${JSON.stringify(args)}, ${JSON.stringify(options)});
    process.exitCode = exitCode;
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(parent);
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const [child, grandchild, variable] = JSON.parse(line) as [number, number, string | null];
  return { parent, child, grandchild, variable };
}

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} to a script ends everything it has started`, async () => {
    const { parent, child, grandchild } = await startScript({ watchesParent: false });
    parent.kill(signal);
    assert.deepEqual(await once(parent, "exit"), [exitCode, null]);
    assert.ok(await holdsWithin(1_000, () => survivors([child, grandchild]).length === 0));
  });
}

test("a program that watches its parent ends after SIGKILL to it", async () => {
  const { parent, child, grandchild, variable } = await startScript({ watchesParent: true });
  assert.equal(variable, null, "the variable is for the child alone");
  parent.kill("SIGKILL");
  await once(parent, "exit");
  assert.ok(await holdsWithin(2_000, () => survivors([child]).length === 0));
  process.kill(grandchild, "SIGKILL");
});

test("the exit code of a command that a signal ended is 128 + n", async () => {
  const { run } = await import("../scripts/lib/child-process.mjs");
  assert.equal((await run("sh", ["-c", "kill -TERM $$"])).exitCode, 143);
  assert.equal((await run("sh", ["-c", "exit 7"])).exitCode, 7);
});

test("a command that does not exist is named", async () => {
  const { run } = await import("../scripts/lib/child-process.mjs");
  await assert.rejects(run("no-such-command", []), /cannot start no-such-command/);
});
