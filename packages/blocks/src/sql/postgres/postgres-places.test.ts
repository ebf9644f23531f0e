import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { InvalidBlockOptionsError, PostgresBlock, SupportsSqlCommand } from "../../index.ts";

test("a server that is not there, or that never answers, is a failure or ends with the signal", async () => {
  const held = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await new Promise((resolve) => held.once("listening", resolve));
  const { port } = held.address() as { port: number };
  const silent = new PostgresBlock(SupportsSqlCommand, { url: `postgresql://me:secret@127.0.0.1:${port}/a` });
  const controller = new AbortController();
  const waiting = silent.run({ sqlCommand: "select 1" }, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("stop")), 100);
  await assert.rejects(waiting, /stop/);
  held.close();

  await using absent = new PostgresBlock(SupportsSqlCommand, { url: "postgresql://me:secret@127.0.0.1:2/a" });
  const operation = await absent.run({ sqlCommand: "select 1" });
  assert.ok(!operation.success);
  assert.deepEqual([operation.failure, operation.errorCode], ["connection", "ECONNREFUSED"]);
  assert.doesNotMatch(operation.reason, /secret/);
});

test("options that cannot be are refused, without a word of the URL", () => {
  for (const [option, options] of [
    ["url", { url: "mysql://me:secret@host" }],
    ["maxConnections", { url: "postgres://host/a", maxConnections: 0 }],
    ["maxResultBytes", { url: "postgres://host/a", maxResultBytes: -1 }],
  ] as const) {
    assert.throws(
      () => new PostgresBlock(SupportsSqlCommand, options),
      (error) =>
        InvalidBlockOptionsError.isInstance(error) &&
        error.option === option &&
        !error.message.includes("secret"),
    );
  }
});
