import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { awaitLivingProcesses, uniqueSeconds } from "../testing/living-processes.ts";

const program = fileURLToPath(new URL("../testing/command-program.ts", import.meta.url));

function startProgram(shellCommand: string): ChildProcess {
  return spawn(process.execPath, ["--conditions=@conduit/source", program, shellCommand], {
    stdio: "ignore",
  });
}

describe("when this process ends, its commands end too", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`by ${signal}, of which it dies as ever`, async () => {
      const seconds = uniqueSeconds();
      const parent = startProgram(`trap '' INT TERM HUP; sleep ${seconds}; true`);
      const exited = once(parent, "exit");
      // The program's own command line has the seconds too.
      assert.equal((await awaitLivingProcesses(seconds, 3, 20_000)).length, 3, "program, shell and sleep");
      parent.kill(signal);
      assert.deepEqual(await exited, [null, signal]);
      assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
    });
  }

  test("by process.exit", async () => {
    const seconds = uniqueSeconds();
    const parent = startProgram(`sleep ${seconds}; true`);
    const exited = once(parent, "exit");
    assert.equal((await awaitLivingProcesses(seconds, 3, 20_000)).length, 3, "program, shell and sleep");
    parent.kill("SIGUSR2");
    assert.deepEqual(await exited, [3, null]);
    assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
  });
});
