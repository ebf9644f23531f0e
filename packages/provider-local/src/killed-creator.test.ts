import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LocalProvider } from "./local-provider.ts";
import { processesOf, until, withDirectory } from "./testing/fixture.ts";

const program = fileURLToPath(new URL("./testing/creator.ts", import.meta.url));
const signals = ["SIGKILL", "SIGTERM", "SIGINT"] as const;
/** The program is spawned some 10 ms after the creator begins, and listens some 100 ms later. */
const momentsMs = [0, 2, 5, 10, 15, 20, 30, 50, 100, 200, 400, 800];

type Creator = ChildProcessByStdio<null, Readable, null>;

async function startCreator(directory: string, name: string, idleTimeoutSeconds = 0): Promise<Creator> {
  const creator = spawn(
    process.execPath,
    ["--conditions=@conduit/source", program, directory, name, String(idleTimeoutSeconds)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(createInterface({ input: creator.stdout }), "line");
  assert.equal(line, "creating");
  return creator;
}

async function kill(creator: Creator, signal: NodeJS.Signals): Promise<void> {
  creator.kill(signal);
  await once(creator, "exit");
}

describe("a creator that is killed", { concurrency: 3 }, () => {
  for (const [index, momentMs] of momentsMs.entries()) {
    const signal = signals[index % signals.length] ?? "SIGKILL";
    test(`leaves neither process nor folder when ${signal} comes after ${momentMs} ms`, () =>
      withDirectory(async (directory) => {
        const creator = await startCreator(directory, "one");
        await delay(momentMs);
        await kill(creator, signal);
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
        assert.deepEqual(await new LocalProvider({ directory }).listNodes(""), []);
        assert.deepEqual(await readdir(join(directory, "nodes")), []);
      }));

    test(`leaves no process that is not listed when it goes after ${momentMs} ms and nodes stay longer`, () =>
      withDirectory(async (directory) => {
        const creator = await startCreator(directory, "one", 600);
        await delay(momentMs);
        await kill(creator, "SIGKILL");
        const provider = new LocalProvider({ directory, terminationGraceSeconds: 2 });
        for (const { id } of await provider.listNodes("")) await provider.terminateNode(id);
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
      }));
  }

  for (const signal of signals) {
    test(`leaves the node to another holder when ${signal} ends it`, () =>
      withDirectory(async (directory) => {
        const creator = await startCreator(directory, "one");
        const provider = new LocalProvider({ directory });
        await until("the node", async () => (await provider.getNode("one")) !== undefined);
        const hold = await provider.holdNode("one");
        await kill(creator, signal);
        await delay(300);
        await until("the node to run", async () => (await provider.getNode("one"))?.status === "running");
        hold.release();
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
      }));
  }
});
