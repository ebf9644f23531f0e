import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { engineSpec, processesOf, until, withDirectory } from "../testing/fixture.ts";
import { Creator } from "../testing/killable-creator.ts";
import { ProcessNodes } from "./process-nodes.ts";

const engine = process.env.LM_LITE_BIN ?? "";
const skip = engine === "" && "LM_LITE_BIN does not name an engine";
const signals = ["SIGKILL", "SIGTERM", "SIGINT"] as const;

describe("the engine as a node", { concurrency: 2, skip }, () => {
  async function untilRunning(provider: ProcessNodes): Promise<string> {
    let baseUrl: string | undefined;
    await until("the engine to listen", async () => {
      const node = await provider.getNode("one");
      assert.notEqual(node?.status, "failed", node?.failure);
      baseUrl = node?.baseUrl;
      return node?.status === "running";
    });
    return baseUrl ?? "";
  }

  test("listens on loopback and demands its key", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(engineSpec("one", engine));
      const baseUrl = await untilRunning(provider);
      assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await fetch(`${baseUrl}/health`)).status, 200);
      assert.equal((await fetch(`${baseUrl}/v1/models`)).status, 401);
      const headers = { authorization: "Bearer key of the tests" };
      assert.equal((await fetch(`${baseUrl}/v1/models`, { headers })).status, 200);
      await provider.terminateNode("one");
      assert.deepEqual(await processesOf(directory), []);
    }));

  test("ends with its last holder", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(engineSpec("one", engine));
      const first = await provider.holdNode("one");
      const second = await new ProcessNodes({ directory }).holdNode("one");
      first.release();
      await delay(300);
      assert.equal((await provider.getNode("one"))?.status, "running");
      second.release();
      await until("the engine to end", async () => (await provider.getNode("one")) === undefined, 5_000);
    }));

  test("keeps to its limits", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode({
        ...engineSpec("one", engine),
        maxLifetimeSeconds: 1,
        idleTimeoutSeconds: 600,
      });
      await until("the engine to end", async () => (await provider.getNode("one")) === undefined, 5_000);
    }));

  test("waits for another holder as long as it was told", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode({ ...engineSpec("one", engine), idleTimeoutSeconds: 2 });
      await untilRunning(provider);
      (await provider.holdNode("one")).release();
      await delay(500);
      const hold = await provider.holdNode("one");
      await delay(2_500);
      assert.equal((await provider.getNode("one"))?.status, "running");
      hold.release();
      await until("the engine to end", async () => (await provider.getNode("one")) === undefined, 5_000);
    }));

  for (const [index, momentMs] of [0, 5, 10, 20, 40, 80, 200, 500].entries()) {
    const signal = signals[index % signals.length] ?? "SIGKILL";
    test(`ends when ${signal} ends its creator after ${momentMs} ms`, () =>
      withDirectory(async (directory) => {
        using creator = await Creator.start(directory, [], { CREATOR_ENGINE: engine });
        await delay(momentMs);
        await creator.kill(signal);
        await until("all processes to end", async () => (await processesOf(directory)).length === 0, 5_000);
      }));
  }
});
