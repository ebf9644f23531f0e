import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { InvalidBlockOptionsError, map, pipe, SchemaMismatchError } from "../index.ts";
import { Count, countLetters, deaf, repeat, TestBlock, Text } from "../testing/blocks.ts";

const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };

/** Tells how many run at a time, at most. */
function watching(work: (text: string) => Promise<void> = () => delay(2)) {
  const state = { running: 0, most: 0, begun: 0 };
  const block = new TestBlock(Text, Count, async ({ text }, { emit }) => {
    state.begun++;
    state.most = Math.max(state.most, ++state.running);
    await work(text);
    state.running--;
    emit({ type: "usage", usage });
    return { count: text.length };
  });
  return { block, state };
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => ({ text: "a".repeat(index) }));

describe("map", () => {
  test("runs a block on each item, some at a time, and keeps their order", async () => {
    const { block, state } = watching((text) => delay(text.length % 2 === 0 ? 5 : 1));
    const results: { count: number }[] = await map(block, { concurrency: 3 }).run(texts(10));
    assert.deepEqual(
      results.map(({ count }) => count),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal(state.most, 3);
  });

  test("validates all items before it runs one, and says which is wrong", async () => {
    const { block, state } = watching();
    await assert.rejects(map(block).run([{ text: "a" }, { text: 1 as never }]), (error) => {
      assert.ok(SchemaMismatchError.isInstance(error));
      assert.equal(error.path, "/1/text");
      return true;
    });
    await assert.rejects(map(block).run("no array" as never), /must be array/);
    assert.equal(state.begun, 0);
  });

  test("takes no items for what they are", async () => {
    assert.deepEqual(await map(countLetters).run([]), []);
  });

  test("tells how many are done, and the usage of all", async () => {
    const { block } = watching();
    const events = await Array.fromAsync(map(block, { concurrency: 1 }).stream(texts(2)));
    assert.deepEqual(events.slice(0, -1), [
      { type: "usage", usage },
      { type: "progress", message: "1 of 2 done", fraction: 0.5 },
      { type: "usage", usage },
      { type: "progress", message: "2 of 2 done", fraction: 1 },
    ]);
  });

  test("throws when an item fails, aborts the others and begins no more", async () => {
    const failure = new RangeError("no");
    let begun = 0;
    const aborted: unknown[] = [];
    const block = new TestBlock(Text, Count, async ({ text }, { signal }) => {
      begun++;
      if (text === "") throw failure;
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      return new Promise<never>(() => {});
    });
    await assert.rejects(map(block, { concurrency: 2 }).run(texts(10)), failure);
    assert.deepEqual([begun, aborted], [2, [failure]]);
  });

  test("ends at its signal", async () => {
    const controller = new AbortController();
    const block = deaf();
    const running = map(block).run(texts(1), { signal: controller.signal });
    const reason = new Error("stop");
    setTimeout(() => controller.abort(reason), 5);
    await assert.rejects(running, reason);
    assert.equal(await block.aborted, reason);
  });

  test("is a step of a pipe, and can be mapped itself", async () => {
    const lengths = map(pipe(countLetters, repeat));
    assert.deepEqual(await pipe(lengths, map(countLetters)).run([{ text: "ab" }]), [{ count: 2 }]);
    assert.deepEqual(await map(map(countLetters)).run([[{ text: "a" }], []]), [[{ count: 1 }], []]);
    // @ts-expect-error items are numbers there
    assert.equal(typeof (() => pipe(map(countLetters), map(countLetters))), "function");
  });

  test("refuses a concurrency that is none", () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => map(countLetters, { concurrency }), InvalidBlockOptionsError);
    }
  });
});

describe("over a source", () => {
  test("gives the results of what was read before the source failed, and then the failure", async () => {
    const failure = new RangeError("no more");
    async function* failing() {
      yield* texts(3);
      throw failure;
    }
    const { block } = watching(() => delay(10));
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const { count } of map(block, { concurrency: 8 }).over(failing())) seen.push(count);
    }, failure);
    assert.deepEqual(seen, [0, 1, 2]);
  });

  test("leaves no failure unheard when its signal fires while nobody reads", async () => {
    const controller = new AbortController();
    const block = new TestBlock(Text, Count, ({ text }, { signal }) => {
      if (text === "") return { count: 0 };
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    });
    const counts = map(block, { concurrency: 2 }).over(texts(3), { signal: controller.signal });
    assert.deepEqual(await counts.next(), { done: false, value: { count: 0 } });
    await delay(5);
    const reason = new Error("stop");
    controller.abort(reason);
    await assert.rejects(counts.next(), reason);
    // Node's test runner fails a test that leaves a rejection unhandled.
    await delay(5);
  });

  test("gives results in order, and reads no further ahead than the concurrency", async () => {
    let read = 0;
    async function* endless() {
      for (;;) yield { text: "a".repeat(read++) };
    }
    const { block, state } = watching((text) => delay(text.length % 2 === 0 ? 4 : 1));
    const counts: number[] = [];
    for await (const { count } of map(block, { concurrency: 4 }).over(endless())) {
      counts.push(count);
      await delay(5);
      assert.ok(read <= counts.length + 5, `${read} read after ${counts.length}`);
      if (count === 12) break;
    }
    assert.deepEqual(counts, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.ok(state.most <= 4 && state.most > 1, `${state.most} at a time`);
  });

  test("gives a result that is there while the source is slow", async () => {
    const never = Promise.withResolvers<never>();
    async function* slow() {
      yield { text: "ab" };
      await never.promise;
    }
    const results = map(countLetters).over(slow());
    assert.deepEqual(await results.next(), { done: false, value: { count: 2 } });
    never.reject(new Error("nobody hears this"));
    await results.return();
  });

  test("closes the source and aborts what runs when it is left", async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield { text: "" };
      } finally {
        closed = true;
      }
    }
    const aborted = Promise.withResolvers<void>();
    let begun = 0;
    const block = new TestBlock(Text, Count, (_data, { signal }) => {
      if (begun++ === 0) return { count: 0 };
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise<never>(() => {});
    });
    for await (const _result of map(block, { concurrency: 3 }).over(source())) break;
    await aborted.promise;
    assert.ok(closed);
  });

  test("throws what an item or the source throws, and nothing is left unhandled", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const failure = new RangeError("no");
    const failing = new TestBlock(Text, Count, () => Promise.reject(failure));
    await assert.rejects(Array.fromAsync(map(failing).over(texts(20))), failure);
    async function* broken() {
      yield { text: "" };
      throw failure;
    }
    await assert.rejects(Array.fromAsync(map(countLetters).over(broken())), failure);
    await delay(20);
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
  });

  test("ends at its signal, and leaves no listeners on it", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await Array.fromAsync(map(countLetters).over(texts(3), { signal }));
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const reading = map(deaf()).over(texts(3), { signal }).next();
    const reason = new Error("stop");
    setTimeout(() => controller.abort(reason), 5);
    await assert.rejects(reading, reason);
  });
});
