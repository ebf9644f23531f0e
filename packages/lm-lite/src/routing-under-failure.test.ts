import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EndpointRouter } from "@conduit/deployment";
import type { EndpointSource } from "./endpoint.ts";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { LmClient } from "./lm-client.ts";
import { EngineNode, MODEL } from "./testing/engine-node.ts";

const REQUESTS = 1_000;
const CONCURRENCY = 24;
const REPLICAS = 3;
const INTERVAL_MS = 150;

const executable = process.env.LM_LITE_BIN ?? "";
const model = process.env.RANDOM_MODEL ?? "";
const skip =
  (executable === "" || model === "") && "LM_LITE_BIN and RANDOM_MODEL do not name an engine and a model";

/** Replicas that are killed and started again, replaced, and added to. */
class Replicas implements AsyncDisposable {
  readonly router = new EndpointRouter();
  readonly #all: EngineNode[] = [];
  #members: readonly EngineNode[] = [];

  async add(): Promise<void> {
    const node = new EngineNode(`node-${this.#all.length}`, { executable, model });
    this.#all.push(node);
    await node.start();
    this.#become([...this.#members, node]);
  }

  /** Each time another replica meets something else. */
  async befall(turn: number): Promise<void> {
    const node = this.#members[turn % this.#members.length];
    assert.ok(node);
    const withoutIt = () => this.#become(this.#members.filter((member) => member !== node));
    if (turn % 4 === 0) {
      // It dies, nobody is told, and it comes back where it was.
      await node.end("SIGKILL");
      await node.start();
    } else if (turn % 4 === 1) {
      // It dies, and somebody finds out.
      await node.end("SIGKILL");
      withoutIt();
      await this.add();
    } else if (turn % 4 === 2) {
      // Someone else stops it.
      await node.end("SIGTERM");
      withoutIt();
      await this.add();
    } else {
      // It is replaced, as in an update.
      await this.add();
      withoutIt();
      await node.end("SIGTERM");
    }
  }

  #become(members: readonly EngineNode[]): void {
    this.#members = members;
    this.router.setNodes(members);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.router.close(new Error("The test is over."));
    await Promise.all(this.#all.map((node) => node.end("SIGKILL")));
  }
}

test("no request fails that had not begun to be answered, while replicas are killed, stopped and added", {
  skip,
}, async (context) => {
  await using replicas = new Replicas();
  await Promise.all(Array.from({ length: REPLICAS }, () => replicas.add()));
  let moves = 0;
  const source: EndpointSource = {
    async acquire(options) {
      if (options?.avoid?.length) moves++;
      return replicas.router.acquire(options);
    },
  };
  const client = new LmClient({ source, servedName: (name) => name, alwaysConstrains: true });
  const outcomes = { whole: 0, cut: 0 };
  const failures: unknown[] = [];

  async function ask(index: number): Promise<void> {
    const messages = [{ role: "user", content: `Request ${index}` }] as const;
    let text = "";
    try {
      for await (const event of client.stream({ model: MODEL, messages, maxTokens: 20 })) {
        if (event.type === "text-delta") text += event.text;
        else if (event.type === "response-finish") assert.equal(event.response.text, text);
      }
      outcomes.whole++;
    } catch (error) {
      if (text !== "" && EndpointUnreachableError.isInstance(error)) outcomes.cut++;
      else failures.push(error);
    }
  }

  let asked = 0;
  let areDone = false;
  async function use(): Promise<void> {
    while (asked < REQUESTS) await ask(asked++);
  }
  let incidents = 0;
  async function befall(): Promise<void> {
    for (; !areDone; incidents++) {
      await replicas.befall(incidents);
      await delay(INTERVAL_MS);
    }
  }
  const users = Promise.all(Array.from({ length: CONCURRENCY }, use)).then(() => {
    areDone = true;
  });
  await Promise.all([users, befall()]);
  context.diagnostic(
    `${incidents} incidents, ${moves} moves, ${outcomes.whole} answers whole, ${outcomes.cut} cut`,
  );
  assert.deepEqual(failures, []);
  assert.equal(outcomes.whole + outcomes.cut, REQUESTS);
  assert.ok(moves > 0, "expected requests to move");
  assert.partialDeepStrictEqual(replicas.router.load, { outstanding: 0, waiting: 0 });
});
