import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SupportsShellCommand, SystemCommandBlock, type SystemCommandOptions } from "../index.ts";

async function eventsOf(shellCommand: string, options?: SystemCommandOptions) {
  const block = new SystemCommandBlock(SupportsShellCommand, options);
  return Array.fromAsync(block.stream({ shellCommand }));
}

describe("a stream", () => {
  test("gives the output while the command runs", async () => {
    const block = new SystemCommandBlock(SupportsShellCommand, { stdin: "go" });
    const stream = block.stream({ shellCommand: "echo one; echo two >&2; sleep 1000" });
    const told: unknown[] = [];
    // It would never end by itself.
    for await (const event of stream) {
      assert.ok(event.type === "partial");
      told.push(event.value);
      if (event.value.stdout === "one\n" && event.value.stderr === "two\n") break;
    }
    assert.ok(told.length <= 2);
  });

  test("ends with the result, of which the last partial has the whole output", async () => {
    const events = await eventsOf("for i in 1 2 3; do printf '\\303'; sleep 0.05; printf '\\251'; done");
    const last = events.at(-1);
    assert.ok(last?.type === "result" && last.value.success);
    assert.equal(last.value.stdout, "ééé");
    const texts = events
      .slice(0, -1)
      .map((event) => (event.type === "partial" ? event.value.stdout : undefined));
    assert.equal(texts.at(-1), "ééé");
    for (const text of texts) assert.ok("ééé".startsWith(text ?? "?"), "no half of a character");
  });
});

describe("1 GB of output", () => {
  const command = "head -c 1000000000 /dev/zero";

  test("is stopped at the limit, streamed or not", async () => {
    const options = { maxOutputBytes: 1_000_000, killGraceSeconds: 0.1 };
    const operation = await new SystemCommandBlock(SupportsShellCommand, options).run({
      shellCommand: command,
    });
    assert.ok(!operation.success);
    assert.equal(operation.failure, "output-limit");
    assert.equal(operation.stdout.length, 1_000_000);
    const last = (await eventsOf(command, options)).at(-1);
    assert.ok(last?.type === "result" && !last.value.success);
  });

  test("is dropped beyond the limit where that is asked for, and memory stays small", async () => {
    const before = process.memoryUsage.rss();
    const block = new SystemCommandBlock(SupportsShellCommand, {
      maxOutputBytes: 1_000_000,
      excessOutput: "drop",
    });
    const operation = await block.run({ shellCommand: `${command}; echo end >&2` });
    assert.ok(operation.success);
    assert.deepEqual(
      [operation.stdout.length, operation.stderr, operation.truncated],
      [1_000_000, "end\n", true],
    );
    assert.ok(process.memoryUsage.rss() - before < 200_000_000);
  });
});
