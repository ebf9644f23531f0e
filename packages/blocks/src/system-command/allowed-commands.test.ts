import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  CommandStartError,
  SupportsShellCommand,
  SystemCommandBlock,
  type SystemCommandOptions,
} from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "conduit-allowed-"));
after(() => rmSync(folder, { recursive: true }));

function run(shellCommand: string, options: SystemCommandOptions) {
  return new SystemCommandBlock(SupportsShellCommand, options).run({ shellCommand });
}

test("an allowed program runs, with its words and without a shell", async () => {
  const operation = await run("printf '%s|' 'a b' \"c;d\" '$HOME'", { allowedCommands: ["printf"] });
  assert.deepEqual(operation, {
    success: true,
    command: "printf '%s|' 'a b' \"c;d\" '$HOME'",
    stdout: "a b|c;d|$HOME|",
    stderr: "",
    returnCode: 0,
    syntaxOk: true,
  });
  const failed = await run("ls /nowhere", { allowedCommands: ["ls"] });
  assert.ok(!failed.success);
  assert.equal(failed.failure, "exit");
});

test("other programs and other arguments do not", async () => {
  const witness = join(folder, "witness");
  const allowedCommands = [
    "echo",
    { program: "touch", arguments: (args: readonly string[]) => args.every((arg) => !arg.startsWith("/")) },
  ];
  for (const [command, failure] of [
    [`/usr/bin/touch ${witness}`, "not-allowed"],
    [`./echo ${witness}`, "not-allowed"],
    [`touch ${witness}`, "not-allowed"],
    [`A=b touch ${witness}`, "not-allowed"],
    [`echo a; touch ${witness}`, "syntax"],
    [`echo a > ${witness}`, "syntax"],
    [`echo $(touch ${witness})`, "syntax"],
    [`echo a\ntouch ${witness}`, "syntax"],
    ["", "syntax"],
  ] as const) {
    const operation = await run(command, { allowedCommands, cwd: folder });
    assert.ok(!operation.success, command);
    assert.deepEqual([operation.failure, operation.returnCode], [failure, null], command);
  }
  assert.ok(!existsSync(witness));
  assert.ok((await run("touch witness", { allowedCommands, cwd: folder })).success);
  assert.ok(existsSync(witness));
});

test("an allowed program that is not there is a failure; a folder that is not there is an error", async () => {
  const missing = await run("no-such-program", { allowedCommands: ["no-such-program"] });
  assert.ok(!missing.success);
  assert.equal(missing.failure, "start");
  assert.match(missing.reason, /^The program could not be started .* no such program \(ENOENT\)\.$/);
  const cwd = join(folder, "missing");
  await assert.rejects(run("echo", { allowedCommands: ["echo"], cwd }), CommandStartError);
});
