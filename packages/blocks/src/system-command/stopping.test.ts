import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { SupportsShellCommand, SystemCommandBlock, type SystemCommandOptions } from "../index.ts";
import { awaitLivingProcesses, livingProcesses, uniqueSeconds } from "../testing/living-processes.ts";

function run(shellCommand: string, options?: SystemCommandOptions, signal?: AbortSignal) {
  return new SystemCommandBlock(SupportsShellCommand, options).run({ shellCommand }, { signal });
}

async function timed<T>(work: Promise<T>): Promise<readonly [T, milliseconds: number]> {
  const start = performance.now();
  return [await work, performance.now() - start];
}

describe("the timeout", () => {
  test("stops the command and all that it started", async () => {
    const seconds = uniqueSeconds();
    const command = `echo before; sleep ${seconds} & (sleep ${seconds} | sleep ${seconds})`;
    const [operation, milliseconds] = await timed(run(command, { timeoutSeconds: 1, killGraceSeconds: 20 }));
    assert.ok(!operation.success);
    assert.equal(operation.failure, "timeout");
    assert.equal(operation.returnCode, null);
    assert.equal(operation.stdout, "before\n");
    assert.equal(operation.syntaxOk, true);
    assert.match(operation.reason, /within 1 seconds \(timeoutSeconds\)/);
    assert.ok(
      milliseconds < 15_000,
      `${milliseconds} ms: nobody waits for the grace of those who end when asked`,
    );
    assert.deepEqual(livingProcesses(seconds), []);
  });

  test("kills what ignores SIGTERM once the grace is over, children included", async () => {
    const seconds = uniqueSeconds();
    const command = `trap '' TERM; sleep ${seconds} & sleep ${seconds}`;
    const options = { timeoutSeconds: 0.2, killGraceSeconds: 0.3 };
    const [operation, milliseconds] = await timed(run(command, options));
    assert.ok(!operation.success);
    assert.equal(operation.failure, "timeout");
    assert.ok(milliseconds >= 480, `${milliseconds} ms`);
    assert.deepEqual(livingProcesses(seconds), []);
  });

  test("leaves a command the grace to clean up, and keeps what it says", async () => {
    const command = "trap 'sleep 0.1; echo cleaned; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    const operation = await run(command, { timeoutSeconds: 1.5, killGraceSeconds: 20 });
    assert.ok(!operation.success);
    assert.deepEqual(
      [operation.failure, operation.stdout, operation.returnCode],
      ["timeout", "ready\ncleaned\n", 7],
    );
  });

  test("gives a child whose shell is gone the same grace", async () => {
    const child = "trap 'sleep 0.2; echo cleaned; exit' TERM; while :; do sleep 0.05; done";
    const operation = await run(`sh -c "${child}"; true`, { timeoutSeconds: 1.5, killGraceSeconds: 20 });
    assert.equal(operation.stdout, "cleaned\n");
  });

  test("is for syntax check and command together, and may be absent", async () => {
    const [, milliseconds] = await timed(run("sleep 0.2", { timeoutSeconds: Number.POSITIVE_INFINITY }));
    assert.ok(milliseconds >= 200);
  });
});

describe("what a command leaves in the background", () => {
  test("is killed when the shell ends, and holds up nobody", async () => {
    const seconds = uniqueSeconds();
    const [operation, milliseconds] = await timed(run(`sleep ${seconds} & echo started`));
    assert.ok(operation.success);
    assert.equal(operation.stdout, "started\n");
    assert.ok(milliseconds < 20_000, `${milliseconds} ms`);
    assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
  });

  test("is killed even if it closed the pipes and ignores signals", async () => {
    const seconds = uniqueSeconds();
    const command = `(trap '' TERM HUP; exec sleep ${seconds}) > /dev/null 2>&1 & echo started`;
    assert.ok((await run(command)).success);
    assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
  });

  test("may finish what it is writing", async () => {
    const { stdout } = await run("echo through > >(cat)", { shell: "/bin/bash" });
    assert.equal(stdout, "through\n");
  });

  test("holds up nobody even if it left the group with the pipes", async () => {
    const [operation, milliseconds] = await timed(run("setsid sleep 8 & echo started"));
    assert.ok(operation.success);
    assert.equal(operation.stdout, "started\n");
    assert.ok(milliseconds < 7000, `${milliseconds} ms`);
    const [late, lateMilliseconds] = await timed(
      run("setsid sleep 8 & sleep 100", { timeoutSeconds: 0.1, killGraceSeconds: 0.1 }),
    );
    assert.ok(!late.success);
    assert.ok(lateMilliseconds < 7000, `${lateMilliseconds} ms`);
  });
});

describe("the signal", () => {
  test("rejects with its reason within 100 ms, and the group ends soon after", async () => {
    const seconds = uniqueSeconds();
    const controller = new AbortController();
    const running = run(`sleep ${seconds} & sleep ${seconds}; true`, {}, controller.signal);
    assert.equal((await awaitLivingProcesses(`sleep ${seconds}`, 3)).length, 3, "the shell and two sleeps");
    const reason = new Error("stop");
    const start = performance.now();
    controller.abort(reason);
    await assert.rejects(running, reason);
    assert.ok(performance.now() - start < 100);
    assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
  });

  test("kills what ignores SIGTERM after the grace", async () => {
    const seconds = uniqueSeconds();
    const controller = new AbortController();
    const command = `trap '' TERM; sleep ${seconds}; sleep ${seconds}`;
    const running = run(command, { killGraceSeconds: 0.2 }, controller.signal);
    assert.equal((await awaitLivingProcesses(`sleep ${seconds}`, 2)).length, 2);
    controller.abort();
    await assert.rejects(running, { name: "AbortError" });
    assert.deepEqual(await awaitLivingProcesses(seconds, 0, 3000), []);
  });

  test("that has fired starts nothing", async () => {
    const seconds = uniqueSeconds();
    await assert.rejects(run(`sleep ${seconds}`, {}, AbortSignal.abort()), { name: "AbortError" });
    await delay(50);
    assert.deepEqual(livingProcesses(seconds), []);
  });

  test("of a stream that is left ends the group", async () => {
    const seconds = uniqueSeconds();
    const block = new SystemCommandBlock(SupportsShellCommand);
    const stream = block.stream({ shellCommand: `sleep ${seconds}; true` });
    const pending = stream.next();
    assert.equal((await awaitLivingProcesses(`sleep ${seconds}`, 2)).length, 2);
    await stream.return?.();
    assert.equal((await pending).done, true);
    assert.deepEqual(await awaitLivingProcesses(seconds, 0), []);
  });
});
