import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { deploy } from "./deploy.ts";
import {
  fixtureRequest,
  openDatabase,
  processesOf,
  untilNoProcess,
  withDirectory,
} from "./testing/fixture.ts";
import { User } from "./testing/user-process.ts";

const signals = ["SIGKILL", "SIGTERM", "SIGINT"] as const;

describe("programs that use one deployment", { concurrency: 2 }, () => {
  for (const signal of signals) {
    test(`share a node that stays when ${signal} ends the first, and ends when it ends the second`, () =>
      withDirectory(async (directory) => {
        using first = new User(directory);
        await first.line();
        const node = Number(await first.line());
        using second = new User(directory);
        await second.line();
        assert.equal(Number(await second.line()), node);
        assert.deepEqual(await processesOf(directory), [node]);
        await first.kill(signal);
        for (let time = 0; time < 3; time++) {
          await delay(200);
          assert.equal(await second.ask(), node);
        }
        await second.kill(signal);
        await untilNoProcess(directory);
      }));
  }

  for (const [index, momentMs] of [0, 10, 20, 40, 60, 80, 100, 150, 300, 600].entries()) {
    const signal = signals[index % signals.length] ?? "SIGKILL";
    test(`leave no node when ${signal} comes ${momentMs} ms after the start of a deploy`, () =>
      withDirectory(async (directory) => {
        using user = new User(directory);
        await user.line();
        await delay(momentMs);
        await user.kill(signal);
        await untilNoProcess(directory);
      }));
  }

  test("may find a node whose creator is killed while it still comes up", () =>
    withDirectory(async (directory) => {
      const env = { FIXTURE_READY_AFTER_MS: "1000" };
      using first = new User(directory, { readyAfterMs: 1_000 });
      await first.line();
      await using store = await openDatabase(directory);
      const request = fixtureRequest(directory, env, { store });
      while ((await processesOf(directory)).length === 0) await delay(5);
      await using second = await deploy(request);
      await first.kill("SIGKILL");
      await second.untilReady();
      assert.equal((await processesOf(directory)).length, 1);
    }));

  test("end by themselves without having to dispose, and the node with them", () =>
    withDirectory(async (directory) => {
      using user = new User(directory);
      await user.line();
      await user.line();
      assert.equal(await user.finish(), 0);
      await untilNoProcess(directory);
    }));
});
