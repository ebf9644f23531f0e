import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { processesOf, until, withDirectory } from "../testing/fixture.ts";
import { Creator } from "../testing/killable-creator.ts";
import { ProcessNodes } from "./process-nodes.ts";

const signals = ["SIGKILL", "SIGTERM", "SIGINT"] as const;
/** The program is spawned some 10 ms after the creator begins, and listens some 100 ms later. */
const momentsMs = [0, 2, 5, 10, 15, 20, 30, 50, 100, 200, 400, 800];

describe("a creator that is killed", { concurrency: 3 }, () => {
  for (const [index, momentMs] of momentsMs.entries()) {
    const signal = signals[index % signals.length] ?? "SIGKILL";
    test(`leaves neither process nor folder when ${signal} comes after ${momentMs} ms`, () =>
      withDirectory(async (directory) => {
        using creator = await Creator.start(directory);
        await delay(momentMs);
        await creator.kill(signal);
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
        const provider = new ProcessNodes({ directory });
        // A process that is ending has no command line any more, but may still be one.
        await until("no node", async () => (await provider.listNodes("")).length === 0, 1_000);
        assert.deepEqual(await readdir(join(directory, "nodes")), []);
      }));

    test(`leaves no process that is not listed when it goes after ${momentMs} ms and nodes stay longer`, () =>
      withDirectory(async (directory) => {
        using creator = await Creator.start(directory, ["600"]);
        await delay(momentMs);
        await creator.kill("SIGKILL");
        const provider = new ProcessNodes({ directory, terminationGraceSeconds: 2 });
        for (const { id } of await provider.listNodes("")) await provider.terminateNode(id);
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
      }));
  }

  for (const signal of signals) {
    test(`leaves the node to another holder when ${signal} ends it`, () =>
      withDirectory(async (directory) => {
        using creator = await Creator.start(directory);
        const provider = new ProcessNodes({ directory });
        await until("the node", async () => (await provider.getNode("one")) !== undefined);
        const hold = await provider.holdNode("one");
        await creator.kill(signal);
        await delay(300);
        await until("the node to run", async () => (await provider.getNode("one"))?.status === "running");
        hold.release();
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
      }));
  }

  test("has not passed its hold on to other processes that it started", () =>
    withDirectory(async (directory) => {
      using creator = await Creator.start(directory, ["0", "sleep"]);
      const sibling = Number(await creator.line());
      try {
        await creator.kill("SIGKILL");
        await until("the node to end", async () => (await processesOf(directory)).length === 0, 5_000);
        process.kill(sibling, 0);
      } finally {
        process.kill(sibling, "SIGKILL");
      }
    }));
});
