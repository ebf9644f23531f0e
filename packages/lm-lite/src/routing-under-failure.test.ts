import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EndpointRouter } from "@conduit/deployment";
import type { EndpointSource } from "./endpoint.ts";
import { LmClient } from "./lm-client.ts";
import { StandInNode } from "./testing/stand-in-node.ts";

const REQUESTS = 1_000;
const CONCURRENCY = 16;
const REPLICAS = 3;
const INTERVAL_MS = 150;

/** Replicas that are killed and started again, replaced, and added to. */
class Replicas implements AsyncDisposable {
  readonly router = new EndpointRouter({ maxOutstandingPerNode: CONCURRENCY });
  readonly #all: StandInNode[] = [];
  #members: readonly StandInNode[] = [];
  #happened = 0;

  get #next(): StandInNode {
    const node = new StandInNode(`node-${this.#all.length}`);
    this.#all.push(node);
    return node;
  }

  async add(): Promise<void> {
    const node = this.#next;
    await node.start();
    this.#become([...this.#members, node]);
  }

  /** Something else each time, to another replica each time. */
  async happen(): Promise<void> {
    const node = this.#members[this.#happened % this.#members.length];
    assert.ok(node);
    const what = this.#happened++ % 4;
    if (what === 0) {
      // Nobody tells that it has died, and it comes back where it was.
      await node.end("SIGKILL");
      await node.start();
    } else if (what === 1) {
      // The node's owner ends it, and says so only then.
      await node.end("SIGTERM");
      this.#become(this.#members.filter((member) => member !== node));
      await this.add();
    } else if (what === 2) {
      await this.add();
      this.#become(this.#members.filter((member) => member !== node));
      await node.end("SIGTERM");
    } else {
      await node.end("SIGKILL");
      this.#become(this.#members.filter((member) => member !== node));
      await this.add();
    }
  }

  #become(members: readonly StandInNode[]): void {
    this.#members = members;
    this.router.setNodes(members);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.router.close(new Error("The test is over."));
    await Promise.all(this.#all.map((node) => node.end("SIGKILL")));
  }
}

test("no request fails that had not begun to be answered, while replicas are killed, stopped and added", async (context) => {
  await using replicas = new Replicas();
  await Promise.all(Array.from({ length: REPLICAS }, () => replicas.add()));
  let moved = 0;
  const source: EndpointSource = {
    async acquire(options) {
      if (options?.avoid?.length) moved++;
      return replicas.router.acquire(options);
    },
  };
  const client = new LmClient({ source, servedName: (model) => model, alwaysConstrains: true });
  const outcomes = { whole: 0, cut: 0 };
  const failures: unknown[] = [];

  async function ask(index: number): Promise<void> {
    const content = `Request ${index} has five words.`;
    let text = "";
    try {
      for await (const event of client.stream({ model: "m", messages: [{ role: "user", content }] })) {
        if (event.type === "text-delta") text += event.text;
      }
      assert.equal(text, content);
      outcomes.whole++;
    } catch (error) {
      if (text === "") failures.push(error);
      else outcomes.cut++;
    }
  }

  let asked = 0;
  let isOver = false;
  const users = Array.from({ length: CONCURRENCY }, async () => {
    while (asked < REQUESTS) await ask(asked++);
  });
  const events = (async () => {
    while (!isOver) {
      await replicas.happen();
      await delay(INTERVAL_MS);
    }
  })();
  await Promise.all(users);
  isOver = true;
  await events;
  context.diagnostic(`${outcomes.whole} whole, ${outcomes.cut} cut in the middle, ${moved} moves`);
  assert.deepEqual(failures, []);
  assert.equal(outcomes.whole + outcomes.cut, REQUESTS);
  assert.ok(moved > 0, "expected requests to have moved");
  assert.deepEqual(replicas.router.load, { outstanding: 0, waiting: 0 });
});
