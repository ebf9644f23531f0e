import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SupportsShellCommand, SystemCommandBlock, type SystemCommandOptions } from "../index.ts";

const MEBIBYTE = 1024 ** 2;

function run(shellCommand: string, options?: SystemCommandOptions) {
  return new SystemCommandBlock(SupportsShellCommand, options).run({ shellCommand });
}

describe("output", () => {
  test("of 50 MB arrives whole on both streams", async () => {
    const bytes = 50_000_000;
    const command = `head -c ${bytes} /dev/zero | tr '\\0' o; head -c ${bytes} /dev/zero | tr '\\0' e >&2; echo end`;
    const operation = await run(command, { maxOutputBytes: bytes + 4 });
    assert.ok(operation.success);
    assert.equal(operation.stdout.length, bytes + 4);
    assert.ok(operation.stdout.endsWith("ooend\n"));
    assert.equal(operation.stderr, "e".repeat(bytes));
  });

  test("that is no text is replaced in UTF-8, and kept in other encodings", async () => {
    const command = "printf '\\377\\000a\\303\\251'";
    assert.equal((await run(command)).stdout, "\uFFFD\0a\u00E9");
    for (const encoding of ["latin1", "base64", "hex"] as const) {
      const { stdout } = await run(command, { encoding });
      assert.deepEqual([...Buffer.from(stdout, encoding)], [0xff, 0, 0x61, 0xc3, 0xa9], encoding);
    }
  });

  test("characters that arrive in pieces stay whole", async () => {
    const { stdout } = await run("printf '\\360\\237'; sleep 0.1; printf '\\230\\200'");
    assert.equal(stdout, "\u{1F600}");
  });

  test("of a process that ends at once is never lost", async () => {
    const outputs = await Promise.all(Array.from({ length: 50 }, () => run("head -c 100000 /dev/zero")));
    for (const { stdout } of outputs) assert.equal(stdout.length, 100_000);
  });
});

describe("the limit of output", () => {
  test("stops the command, and what is within the limit is kept", async () => {
    const start = performance.now();
    const operation = await run("yes", { maxOutputBytes: MEBIBYTE, killGraceSeconds: 0.1 });
    assert.ok(!operation.success);
    assert.equal(operation.failure, "output-limit");
    assert.equal(operation.stdout, "y\n".repeat(MEBIBYTE / 2));
    assert.match(operation.reason, /more than 1048576 bytes to stdout \(maxOutputBytes\)/);
    assert.ok(performance.now() - start < 5000);
  });

  test("is each stream's own, and reaching it is not passing it", async () => {
    const both = "printf 1234; printf 1234 >&2";
    assert.ok((await run(both, { maxOutputBytes: 4 })).success);
    const passed = await run("printf 1234; printf 12345 >&2", { maxOutputBytes: 4 });
    assert.ok(!passed.success);
    assert.equal(passed.failure, "output-limit");
    assert.match(passed.reason, /to stderr/);
    assert.deepEqual([passed.stdout, passed.stderr], ["1234", "1234"]);
  });

  test("does not cut a character in two", async () => {
    const operation = await run("printf 'a\\303\\251'", { maxOutputBytes: 2 });
    assert.equal(operation.stdout, "a");
  });

  test("may be zero", async () => {
    assert.ok((await run("true", { maxOutputBytes: 0 })).success);
    assert.equal((await run("echo", { maxOutputBytes: 0 })).stdout, "");
  });
});
