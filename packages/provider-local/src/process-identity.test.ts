import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { isAlive, ownProcess, parseProcessStat } from "./process-identity.ts";
import { until } from "./testing/fixture.ts";

/** As proc_pid_stat(5) has it: id, name, state, and 20 fields up to the start time. */
const stat = (name: string, state: string) =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 98765 1000 200`;

test("reads the id, the start time and the state, whatever the program's name is", () => {
  const expected = { pid: 42, startTicks: 98_765, ended: false };
  assert.deepEqual(parseProcessStat(stat("sh", "S")), expected);
  assert.deepEqual(parseProcessStat(stat("a) Z 1 (b", "R")), expected);
  assert.deepEqual(parseProcessStat(stat("sh", "Z")), { ...expected, ended: true });
  assert.deepEqual(parseProcessStat(stat("sh", "X")), { ...expected, ended: true });
});

test("half a line is none", () => {
  assert.equal(parseProcessStat(""), undefined);
  assert.equal(parseProcessStat("42 (sh"), undefined);
  assert.equal(parseProcessStat("42 (sh) S 1 42"), undefined);
});

test("a process is told from another of the same id", async () => {
  const self = await ownProcess();
  assert.equal(self.pid, process.pid);
  assert.equal(await isAlive(self), true);
  assert.equal(await isAlive({ ...self, startTicks: self.startTicks + 1 }), false);
});

test("a process that its parent has not taken note of is dead", async () => {
  // The shell becomes a program that never waits for its child.
  const parent = spawn("/bin/sh", ["-c", "sleep 0.05 & cat /proc/$!/stat; exec sleep 30"], { stdio: "pipe" });
  try {
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const child = parseProcessStat(line.toString());
    assert(child !== undefined);
    await until("the child to end", async () => !(await isAlive(child)), 5_000);
    assert.equal(parent.exitCode, null);
  } finally {
    parent.kill("SIGKILL");
  }
});
