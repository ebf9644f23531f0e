import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AcquireOptions, EndpointLease } from "../endpoint.ts";
import { ManualClock } from "../testing/clock/manual-clock.ts";
import { FakeNode } from "../testing/fake-node.ts";
import { EndpointRouter, type EndpointRouterOptions } from "./endpoint-router.ts";
import { InvalidRoutingOptionsError, NodesUnreachableError, RoutingQueueFullError } from "./routing-error.ts";

const refused = new Error("connect ECONNREFUSED");

function setUp({ names = "abc", ...options }: EndpointRouterOptions & { readonly names?: string } = {}) {
  const clock = new ManualClock();
  const nodes = [...names].map((name) => new FakeNode(name));
  const router = new EndpointRouter({ clock, ...options });
  router.setNodes(nodes);
  const lend = async (acquire?: AcquireOptions) => router.acquire(acquire);
  /** Names of the nodes that so many requests get, which all stay under way. */
  const lendNames = async (count: number) => {
    let names = "";
    for (let lent = 0; lent < count; lent++) names += (await router.acquire()).endpoint.nodeName;
    return names;
  };
  const [a = new FakeNode("a"), b = new FakeNode("b"), c = new FakeNode("c")] = nodes;
  const pass = async (durationMs: number) => {
    await setImmediate();
    clock.advance(durationMs);
    await setImmediate();
  };
  return { clock, router, nodes, a, b, c, lend, lendNames, pass };
}

/** A request that waits: what it got so far. */
function waitFor(router: EndpointRouter, options?: AcquireOptions) {
  const waiting: { lease?: EndpointLease; error?: unknown } = {};
  router.acquire(options).then(
    (lease) => {
      waiting.lease = lease;
    },
    (error: unknown) => {
      waiting.error = error;
    },
  );
  return waiting;
}

describe("which node gets a request", () => {
  test("equal nodes take turns", async () => {
    assert.equal(await setUp().lendNames(7), "abcabca");
  });

  test("the one with the fewest under way comes first, whatever ended when", async () => {
    const { lend, lendNames } = setUp();
    await lendNames(3);
    const second = await lend();
    const third = await lend();
    assert.equal(second.endpoint.nodeName + third.endpoint.nodeName, "ab");
    second.release();
    second.release();
    assert.equal(await lendNames(4), "cabc");
  });

  test("one after the other, where that is the policy", async () => {
    const { lend, lendNames } = setUp({ policy: "round-robin" });
    const first = await lend();
    first.release();
    assert.equal(await lendNames(5), "bcabc");
  });

  test("nodes that are not ready, or listen nowhere yet, get none", async () => {
    const { router, nodes, a, lendNames } = setUp();
    a.ready = false;
    router.setNodes([...nodes, { name: "d", ready: true, probe: async () => true }]);
    assert.equal(await lendNames(4), "bcbc");
  });

  test("nodes that have come are next, nodes that have gone get no more, and theirs end undisturbed", async () => {
    const { router, b, lend, lendNames } = setUp();
    const old = await lend();
    assert.equal(old.endpoint.nodeName, "a");
    router.setNodes([b, new FakeNode("d")]);
    assert.equal(await lendNames(3), "bdb");
    assert.deepEqual(router.load, {
      outstanding: 4,
      outstandingByNode: new Map([
        ["a", 1],
        ["b", 2],
        ["d", 1],
      ]),
      waiting: 0,
    });
    old.release();
    assert.equal(router.load.outstanding, 3);
    assert.equal(router.load.outstandingByNode.has("a"), false);
  });

  test("one that comes back while its requests run still counts them", async () => {
    const { router, a, b, lendNames } = setUp({ names: "ab" });
    await lendNames(2);
    router.setNodes([b]);
    router.setNodes([a, b]);
    assert.partialDeepStrictEqual(router.load, { outstanding: 2, waiting: 0 });
    assert.equal(await lendNames(2), "ab");
  });
});

describe("requests wait", () => {
  test("until a node is ready", async () => {
    const { router, nodes, a } = setUp({ names: "a" });
    a.ready = false;
    const waiting = waitFor(router);
    await setImmediate();
    assert.partialDeepStrictEqual(router.load, { outstanding: 0, waiting: 1 });
    a.ready = true;
    router.setNodes(nodes);
    await setImmediate();
    assert.equal(waiting.lease?.endpoint.nodeName, "a");
  });

  test("no longer than a second for one that is ready though nobody said so", async () => {
    const { router, a, pass } = setUp({ names: "a" });
    a.ready = false;
    const waiting = waitFor(router);
    await pass(500);
    a.ready = true;
    await pass(499);
    assert.deepEqual(waiting, {});
    await pass(1);
    assert.equal(waiting.lease?.endpoint.nodeName, "a");
  });

  test("their turn where nodes have a limit", async () => {
    const { router, lend, lendNames } = setUp({ names: "ab", maxOutstandingPerNode: 2 });
    const running = await lend();
    assert.equal(await lendNames(3), "bab");
    const waiting = [waitFor(router), waitFor(router), waitFor(router)];
    running.release();
    await setImmediate();
    assert.deepEqual(
      waiting.map(({ lease }) => lease?.endpoint.nodeName),
      ["a", undefined, undefined],
    );
    router.setNodes([...["a", "b"].map((name) => new FakeNode(name)), new FakeNode("c")]);
    await setImmediate();
    assert.deepEqual(
      waiting.map(({ lease }) => lease?.endpoint.nodeName),
      ["a", "c", "c"],
    );
  });

  test("before all that are new, if a node has failed them", async () => {
    const { router, a, pass } = setUp({ names: "a", maxOutstandingPerNode: 1, maxQueued: 1 });
    const running = await router.acquire();
    const fresh = waitFor(router);
    a.answers = false;
    running.fail(refused);
    const back = waitFor(router, { avoid: ["a"] });
    const backToo = waitFor(router, { avoid: ["a"] });
    a.answers = true;
    await pass(1_000);
    assert.ok(back.lease);
    assert.deepEqual([backToo, fresh], [{}, {}]);
    back.lease.release();
    await setImmediate();
    assert.ok(backToo.lease);
    assert.deepEqual(fresh, {});
    backToo.lease.release();
    await setImmediate();
    assert.ok(fresh.lease);
  });

  test("not at all, once enough do", async () => {
    const { router } = setUp({ names: "", maxQueued: 2 });
    const waiting = [waitFor(router), waitFor(router)];
    await assert.rejects(router.acquire(), (error) => {
      assert.ok(RoutingQueueFullError.isInstance(error));
      assert.deepEqual([error.code, error.maxQueued], ["ROUTING_QUEUE_FULL", 2]);
      assert.match(error.message, /at most 2 requests to wait/);
      return true;
    });
    assert.deepEqual(waiting, [{}, {}]);
  });

  test("until their signal ends it, and who comes later is served", async () => {
    const { router, lend } = setUp({ names: "a", maxOutstandingPerNode: 1 });
    const running = await lend();
    const controller = new AbortController();
    const first = waitFor(router, { signal: controller.signal });
    const second = waitFor(router);
    const reason = new Error("enough");
    controller.abort(reason);
    await setImmediate();
    assert.equal(first.error, reason);
    running.release();
    await setImmediate();
    assert.ok(second.lease);
    await assert.rejects(router.acquire({ signal: controller.signal }), reason);
  });

  test("until the router is closed; what runs is left to end", async () => {
    const { router, nodes, lend } = setUp({ names: "a", maxOutstandingPerNode: 1 });
    const running = await lend();
    const waiting = waitFor(router);
    const closed = new Error("disposed");
    router.close(closed);
    router.close(new Error("again"));
    router.setNodes(nodes);
    await setImmediate();
    assert.equal(waiting.error, closed);
    await assert.rejects(router.acquire(), closed);
    assert.partialDeepStrictEqual(router.load, { outstanding: 1, waiting: 0 });
    running.release();
    assert.partialDeepStrictEqual(router.load, { outstanding: 0, waiting: 0 });
  });
});

describe("a node that fails a request", () => {
  test("gets no more until its probe answers, and probes come ever more slowly", async () => {
    const { router, a, lend, lendNames, pass } = setUp({ names: "ab", policy: "round-robin" });
    a.answers = false;
    (await lend()).fail(refused);
    assert.equal(a.probes, 0, "nobody needs the node");
    assert.equal(await lendNames(4), "bbbb");
    const probesWithin = async (durationMs: number) => {
      const before = a.probes;
      for (let passed = 0; passed < durationMs; passed += 10) {
        await pass(10);
        (await router.acquire()).release();
        await setImmediate();
      }
      return a.probes - before;
    };
    assert.deepEqual(
      [await probesWithin(100), await probesWithin(1_000), await probesWithin(10_000)],
      [1, 3, 10],
    );
    a.answers = true;
    await probesWithin(1_000);
    assert.match(await lendNames(2), /a/);
  });

  test("is back at once where only a connection had been stale", async () => {
    const { router, a, lend } = setUp({ names: "a" });
    (await lend()).fail(refused);
    const again = await router.acquire({ avoid: ["a"] });
    assert.deepEqual([again.endpoint.nodeName, a.probes], ["a", 1]);
  });

  test("is avoided by that request even when it is back", async () => {
    const { router, lend } = setUp({ names: "ab" });
    const others = [await lend(), await lend()];
    others[1]?.release();
    (await lend()).fail(refused);
    (await lend()).release();
    await setImmediate();
    const again = await router.acquire({ avoid: ["b"] });
    assert.equal(again.endpoint.nodeName, "a");
  });

  test("is back when it has been started again and listens somewhere else", async () => {
    const { router, nodes, a, lend, lendNames } = setUp({ names: "ab" });
    a.answers = false;
    const late = await lend();
    await lend();
    (await lend()).fail(refused);
    a.endpoint = { ...a.endpoint, baseUrl: "http://a.test:2" };
    router.setNodes(nodes);
    late.fail(refused);
    assert.equal(await lendNames(1), "a", "what failed at the old address says nothing of the new one");
  });

  test("is not taken out by requests that were sent before it came back", async () => {
    const { lend, lendNames } = setUp({ names: "a" });
    const [first, late] = [await lend(), await lend()];
    first.fail(refused);
    (await lend()).release();
    late.fail(refused);
    assert.equal(await lendNames(1), "a");
  });

  test("may leave while it is probed", async () => {
    const { router, a, b, lend } = setUp({ names: "ab" });
    const probing = Promise.withResolvers<boolean>();
    a.probe = () => probing.promise;
    (await lend()).fail(refused);
    (await lend()).release();
    router.setNodes([b]);
    probing.resolve(true);
    await setImmediate();
    router.setNodes([b, new FakeNode("a")]);
    assert.equal((await lend()).endpoint.nodeName, "a");
  });

  test("is probed for at most five seconds at a time", async (context) => {
    const { router, a, lend, pass } = setUp({ names: "a" });
    const timeout = new AbortController();
    context.mock.method(AbortSignal, "timeout", (delayMs: number) => {
      assert.equal(delayMs, 5_000);
      return timeout.signal;
    });
    a.probe = () => new Promise<boolean>(() => undefined);
    (await lend()).fail(refused);
    const waiting = waitFor(router);
    await pass(10_000);
    a.probe = async () => true;
    timeout.abort();
    await setImmediate();
    context.mock.restoreAll();
    await pass(100);
    assert.ok(waiting.lease);
  });
});

describe("when no node answers", () => {
  test("requests wait for some time, then hear what the last one failed with", async () => {
    const { router, a, b, lend, pass } = setUp({ names: "ab", unreachablePatienceMs: 10_000 });
    a.answers = false;
    b.answers = false;
    (await lend()).fail(new Error("first"));
    (await lend()).fail(refused);
    const early = waitFor(router);
    for (let seconds = 0; seconds < 5; seconds++) await pass(1_000);
    const late = waitFor(router);
    for (let seconds = 0; seconds < 5; seconds++) await pass(1_000);
    assert.ok(NodesUnreachableError.isInstance(early.error));
    assert.deepEqual([early.error.nodeNames, early.error.cause], [["a", "b"], refused]);
    assert.match(early.error.message, /one of a, b to answer, but none has for 10 s/);
    assert.deepEqual(late, {});
    b.answers = true;
    await pass(1_000);
    assert.equal(late.lease?.endpoint.nodeName, "b");
  });

  test("but one is coming up, requests wait for that as long as it takes", async () => {
    const { router, nodes, a, b, lend, pass } = setUp({ names: "ab" });
    a.answers = false;
    b.ready = false;
    (await lend()).fail(refused);
    const waiting = waitFor(router);
    for (let minutes = 0; minutes < 60; minutes++) await pass(60_000);
    assert.deepEqual(waiting, {});
    b.ready = true;
    router.setNodes(nodes);
    await setImmediate();
    assert.equal(waiting.lease?.endpoint.nodeName, "b");
  });
});

test("limits that are none are refused", () => {
  for (const options of [{ maxOutstandingPerNode: 0 }, { maxOutstandingPerNode: 1.5 }, { maxQueued: -1 }]) {
    assert.throws(() => new EndpointRouter(options), InvalidRoutingOptionsError);
  }
  assert.throws(
    () => new EndpointRouter({ maxQueued: Number.NaN }),
    /expected maxQueued to be an integer from 0, but found NaN/,
  );
});

test("a process ends with a router in it, but not while a request waits", () => {
  const program = (rest: string) => `
    import { EndpointRouter } from ${JSON.stringify(fileURLToPath(new URL("./endpoint-router.ts", import.meta.url)))};
    const node = { name: "a", ready: true, endpoint: { nodeName: "a", baseUrl: "http://a.test", key: "" }, probe: async () => false };
    const router = new EndpointRouter({ unreachablePatienceMs: 300 });
    router.setNodes([node]);
    (await router.acquire()).fail(new Error("refused"));
    ${rest}`;
  const run = (rest: string) =>
    spawnSync(process.execPath, [...process.execArgv, "--input-type=module", "--eval", program(rest)], {
      encoding: "utf8",
      timeout: 20_000,
    });
  const idle = run("");
  assert.deepEqual([idle.status, idle.stderr], [0, ""]);
  const waiting = run("await router.acquire().catch((error) => console.log(error.code));");
  assert.deepEqual([waiting.status, waiting.stdout], [0, "NODES_UNREACHABLE\n"]);
});
