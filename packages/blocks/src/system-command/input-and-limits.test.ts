import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Type } from "typebox";
import {
  InvalidBlockOptionsError,
  SupportsShellCommand,
  SystemCommandBlock,
  type SystemCommandOptions,
} from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "conduit-limits-"));
after(() => rmSync(folder, { recursive: true }));

function run(shellCommand: string, options?: SystemCommandOptions) {
  return new SystemCommandBlock(SupportsShellCommand, options).run({ shellCommand });
}

describe("stdin", () => {
  test("is text, bytes, or made of the data", async () => {
    assert.equal((await run("cat", { stdin: "héllo" })).stdout, "héllo");
    assert.equal((await run("od -An -tx1", { stdin: new Uint8Array([0, 255]) })).stdout.trim(), "00 ff");
    const Input = Type.Object({ shellCommand: Type.String(), words: Type.Array(Type.String()) });
    const block = new SystemCommandBlock(Input, { stdin: ({ words }) => words.join("\n") });
    assert.equal((await block.run({ shellCommand: "sort", words: ["b", "a"] })).stdout, "a\nb\n");
    const both = new SystemCommandBlock(SupportsShellCommand, { stdin: "a", allowedCommands: ["cat"] });
    assert.equal((await both.run({ shellCommand: "cat" })).stdout, "a");
  });

  test("of many megabytes is read whole, or not at all by whoever does not want it", async () => {
    const stdin = "x".repeat(30_000_000);
    assert.equal((await run("wc -c", { stdin })).stdout.trim(), String(stdin.length));
    assert.ok((await run("true", { stdin })).success);
    assert.equal((await run("head -c 3; exec 0<&-; echo", { stdin })).stdout, "xxx\n");
  });
});

describe("limits", () => {
  test("stop what computes for too long", async () => {
    const operation = await run("while :; do :; done", { limits: { cpuSeconds: 1 }, timeoutSeconds: 600 });
    assert.ok(!operation.success);
    assert.equal(operation.failure, "signal");
    assert.match(operation.reason, /SIGXCPU|SIGKILL/);
  });

  test("bound memory, files and what is open", async () => {
    const limits = { memoryBytes: 200_000_000, fileBytes: 10_240, openFiles: 20 };
    const told = await run("ulimit -v; ulimit -f; ulimit -n", { limits });
    assert.deepEqual(told.stdout, "195313\n20\n20\n");
    assert.equal(
      (await run("head -c 1000000000 /dev/zero | tail -c 900000000 | wc -c", { limits })).stdout,
      "0\n",
    );
    const file = join(folder, "file");
    await run(`head -c 100000 /dev/zero > ${file}`, { limits });
    assert.equal(statSync(file).size, 10_240);
    const allowed = await run(`dd if=/dev/zero of=${file} bs=100000 count=1`, {
      limits,
      allowedCommands: ["dd"],
    });
    assert.ok(!allowed.success);
    assert.equal(statSync(file).size, 10_240);
  });

  test("leave the command its words, its input and its output", async () => {
    const options = { limits: { cpuSeconds: 10 }, stdin: "in" };
    assert.equal((await run(`cat; printf ' %s' "$0" 'a b'`, options)).stdout.endsWith(" a b"), true);
    assert.equal(
      (await run("printf '%s|' 'a b' c", { ...options, allowedCommands: ["printf"] })).stdout,
      "a b|c|",
    );
  });

  test("that make no sense are refused", () => {
    assert.throws(
      () => new SystemCommandBlock(SupportsShellCommand, { limits: { cpuSeconds: 0.5 } }),
      (error) => InvalidBlockOptionsError.isInstance(error) && error.option === "limits.cpuSeconds",
    );
  });
});
