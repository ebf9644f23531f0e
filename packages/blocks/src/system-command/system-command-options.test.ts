import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidBlockOptionsError, SupportsShellCommand, SystemCommandBlock } from "../index.ts";
import { toSettings } from "./system-command-options.ts";

test("defaults are those of the documentation", () => {
  assert.deepEqual(toSettings("B", {}), {
    shell: "/bin/sh",
    timeoutMs: 60_000,
    killGraceMs: 2000,
    cwd: undefined,
    env: {},
    inheritEnv: true,
    maxOutputBytes: 16_777_216,
    excessOutput: "stop",
    stdin: undefined,
    allowedCommands: undefined,
    limits: {},
    encoding: "utf8",
  });
  assert.equal(
    toSettings("B", { timeoutSeconds: Number.POSITIVE_INFINITY }).timeoutMs,
    Number.POSITIVE_INFINITY,
  );
});

test("options out of range are refused when the block is made, by name", () => {
  const wrong = [
    ["timeoutSeconds", 0],
    ["timeoutSeconds", -1],
    ["timeoutSeconds", Number.NaN],
    ["timeoutSeconds", 2 ** 31 / 1000],
    ["killGraceSeconds", -0.1],
    ["killGraceSeconds", Number.POSITIVE_INFINITY],
    ["maxOutputBytes", -1],
    ["maxOutputBytes", 1.5],
    ["shell", ""],
    ["encoding", "utf9"],
    ["excessOutput", "keep"],
  ] as const;
  for (const [option, value] of wrong) {
    assert.throws(
      () => new SystemCommandBlock(SupportsShellCommand, { [option]: value }),
      (error) => {
        assert.ok(InvalidBlockOptionsError.isInstance(error));
        assert.equal(error.code, "INVALID_BLOCK_OPTIONS");
        assert.equal(error.option, option);
        assert.equal(error.block, "SystemCommandBlock");
        assert.ok(
          error.message.includes(
            `found ${JSON.stringify(value) === "null" ? value : JSON.stringify(value)}.`,
          ),
          error.message,
        );
        return true;
      },
    );
  }
});
