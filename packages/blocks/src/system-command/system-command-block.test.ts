import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  CommandStartError,
  SchemaMismatchError,
  SupportsShellCommand,
  SystemCommandBlock,
  type SystemCommandOperation,
  type SystemCommandOptions,
} from "../index.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "conduit-command-")));
after(() => rmSync(folder, { recursive: true }));

function run(shellCommand: string, options?: SystemCommandOptions): Promise<SystemCommandOperation> {
  return new SystemCommandBlock(SupportsShellCommand, options).run({ shellCommand });
}

async function failed(
  shellCommand: string,
  options?: SystemCommandOptions,
): Promise<SystemCommandOperation & { success: false }> {
  const operation = await run(shellCommand, options);
  assert.ok(!operation.success);
  return operation;
}

describe("a command", () => {
  test("that succeeds gives its output", async () => {
    assert.deepEqual(await run("echo out; echo err >&2"), {
      success: true,
      command: "echo out; echo err >&2",
      returnCode: 0,
      stdout: "out\n",
      stderr: "err\n",
      syntaxOk: true,
    });
  });

  test("that fails is a result with its return code", async () => {
    assert.deepEqual(await run("echo out; echo err >&2; exit 3"), {
      success: false,
      command: "echo out; echo err >&2; exit 3",
      returnCode: 3,
      stdout: "out\n",
      stderr: "err\n",
      syntaxOk: true,
      failure: "exit",
      reason: "The command exited with code 3.",
    });
    assert.equal((await failed("no-such-program-anywhere")).returnCode, 127);
  });

  test("that the shell cannot parse is not run", async () => {
    const witness = join(folder, "witness");
    const operation = await failed(`touch ${witness}; if then`);
    assert.deepEqual([operation.failure, operation.syntaxOk], ["syntax", false]);
    assert.notEqual(operation.returnCode, 0);
    assert.match(operation.stderr, /syntax error/i);
    assert.ok((await run(`test ! -e ${witness}`)).success);
  });

  test("whose shell dies of a signal says so", async () => {
    const operation = await failed("echo before; kill -KILL $$");
    assert.equal(operation.failure, "signal");
    assert.equal(operation.returnCode, null);
    assert.equal(operation.stdout, "before\n");
    assert.match(operation.reason, /SIGKILL/);
  });

  test("may be empty, be long, have several lines, and start like an option", async () => {
    assert.ok((await run("")).success);
    const script = "count=0\nwhile [ $count -lt 3 ]; do\n  echo $count\n  count=$((count + 1))\ndone\n";
    assert.equal((await run(script)).stdout, "0\n1\n2\n");
    assert.equal((await run(`: ${"x".repeat(100_000)}; echo end`)).stdout, "end\n");
    for (const command of ["-c", "--version", "+x", "-s"]) {
      assert.equal((await failed(command)).returnCode, 127, command);
    }
  });

  test("that no shell can be given is a failure, not an error", async () => {
    const nul = await failed("echo a\0; echo b");
    assert.deepEqual([nul.failure, nul.syntaxOk, nul.returnCode], ["syntax", false, null]);
    const tooLong = await failed("x".repeat(4 * 1024 ** 2));
    assert.equal(tooLong.failure, "start");
    assert.match(tooLong.reason, /longer than the system lets.*E2BIG/);
  });

  test("reads nothing: its stdin is empty", async () => {
    assert.equal((await run("cat; echo end")).stdout, "end\n");
  });

  test("is the data's and nothing else's: quotes and dollars reach the shell as they are", async () => {
    assert.equal((await run(`printf '%s|' "a b" 'c"d' '$HOME'`)).stdout, `a b|c"d|$HOME|`);
  });
});

describe("cwd and env", () => {
  test("the working directory is this process's, or the one that was asked for", async () => {
    assert.equal((await run("pwd -P")).stdout, `${realpathSync(process.cwd())}\n`);
    assert.equal((await run("pwd -P", { cwd: folder })).stdout, `${folder}\n`);
  });

  test("variables are added to the environment, replace those in it, or remove them", async () => {
    process.env.CONDUIT_TEST_KEPT = "kept";
    process.env.CONDUIT_TEST_REPLACED = "old";
    process.env.CONDUIT_TEST_REMOVED = "old";
    const operation = await run('echo "$CONDUIT_TEST_KEPT $CONDUIT_TEST_REPLACED $CONDUIT_TEST_ADDED"; env', {
      env: {
        CONDUIT_TEST_REPLACED: "new",
        CONDUIT_TEST_ADDED: "added",
        CONDUIT_TEST_REMOVED: undefined,
      },
    });
    assert.match(operation.stdout, /^kept new added\n/);
    assert.doesNotMatch(operation.stdout, /CONDUIT_TEST_REMOVED/);
  });

  test("without inheritance there is only what was given", async () => {
    process.env.CONDUIT_TEST_SECRET = "secret";
    const { stdout } = await run("/usr/bin/env", { inheritEnv: false, env: { GIVEN: "given" } });
    assert.match(stdout, /^GIVEN=given$/m);
    assert.doesNotMatch(stdout, /CONDUIT_TEST_SECRET|HOME=/);
  });
});

describe("the shell", () => {
  test("can be another one, by path or by name", async () => {
    const command = "words=(a b c); echo $words";
    assert.equal((await run(command, { shell: "/bin/bash" })).stdout, "a\n");
    assert.equal((await run(command, { shell: "bash" })).stdout, "a\n");
    assert.equal((await failed(command, { shell: "/bin/sh" })).syntaxOk, false);
  });

  test("that is not there throws, and the error says what is missing", async () => {
    await assert.rejects(run("ls", { shell: "/nowhere/sh" }), (error) => {
      assert.ok(CommandStartError.isInstance(error));
      assert.equal(error.code, "COMMAND_START");
      assert.equal(error.shell, "/nowhere/sh");
      assert.match(error.message, /\/nowhere\/sh.*found nothing there/);
      return true;
    });
  });

  test("that is no program throws", async () => {
    const notExecutable = join(folder, "not-executable");
    writeFileSync(notExecutable, "#!/bin/sh\n");
    await assert.rejects(run("ls", { shell: notExecutable }), /EACCES/);
  });

  test("cannot start in a folder that is not there, and the error names the folder", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const cwd of [join(folder, "missing"), file]) {
      await assert.rejects(run("ls", { cwd }), (error) => {
        assert.ok(CommandStartError.isInstance(error));
        assert.equal(error.cwd, cwd);
        return error.message.includes("cwd");
      });
    }
  });
});

test("data without a command are a mismatch, even where the schema lets them through", async () => {
  const block = new SystemCommandBlock({} as typeof SupportsShellCommand);
  for (const data of [{}, { shellCommand: 1 }, null])
    await assert.rejects(block.run(data as never), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      return error.path === "/shellCommand";
    });
});

test("success tells the two results apart for the compiler", async () => {
  const operation = await run("echo hi");
  const told: string = operation.success ? operation.stdout : operation.reason;
  const returnCode: number | null = operation.returnCode;
  // @ts-expect-error only failures have a reason
  const reason: string | undefined = operation.reason;
  assert.deepEqual([told, returnCode, reason], ["hi\n", 0, undefined]);
});
