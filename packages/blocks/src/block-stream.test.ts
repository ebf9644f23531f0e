import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import type { BlockEvent } from "@conduit/types";
import { SchemaMismatchError } from "./index.ts";
import { Count, constant, deaf, TestBlock, Text } from "./testing/blocks.ts";

const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };

const talkative = new TestBlock(Text, Count, async ({ text }, { emit }) => {
  emit({ type: "progress", message: "counting", fraction: 0 });
  await setImmediate();
  emit({ type: "partial", value: {} });
  emit({ type: "usage", usage });
  return { count: text.length };
});

const eventsOfTalkative: readonly BlockEvent<typeof Count>[] = [
  { type: "progress", message: "counting", fraction: 0 },
  { type: "partial", value: {} },
  { type: "usage", usage },
  { type: "result", value: { count: 2 } },
];

describe("a stream", () => {
  test("tells what the work tells, then exactly one result", async () => {
    assert.deepEqual(await Array.fromAsync(talkative.stream({ text: "ab" })), eventsOfTalkative);
  });

  test("of a block without input takes no data", async () => {
    const { signal } = new AbortController();
    const result = { type: "result", value: { text: "constant" } };
    assert.deepEqual(await Array.fromAsync(constant.stream()), [result]);
    assert.deepEqual(await Array.fromAsync(constant.stream({ signal })), [result]);
  });

  test("keeps what nobody has read yet, in order", async () => {
    const stream = talkative.stream({ text: "ab" });
    const first = await stream.next();
    await delay(5);
    assert.deepEqual([first.value, ...(await Array.fromAsync(stream))], eventsOfTalkative);
  });

  test("starts with the first read", async () => {
    let started = 0;
    const block = new TestBlock(Text, Count, () => ({ count: ++started }));
    const stream = block.stream({ text: "" });
    await delay(5);
    assert.equal(started, 0);
    await stream.next();
    assert.equal(started, 1);
  });

  test("can be read once, as a generator can", async () => {
    const stream = talkative.stream({ text: "ab" });
    await Array.fromAsync(stream);
    assert.deepEqual(await Array.fromAsync(stream), []);
  });

  test("serves several reads at once in order", async () => {
    const stream = talkative.stream({ text: "ab" });
    const reads = await Promise.all(Array.from({ length: 6 }, () => stream.next()));
    assert.deepEqual(
      reads.map(({ value }) => value),
      [...eventsOfTalkative, undefined, undefined],
    );
  });

  test("throws what run would, after the events before it, and then is over", async () => {
    const failure = new RangeError("no");
    const block = new TestBlock(Text, Count, (_data, { emit }) => {
      emit({ type: "progress", message: "before" });
      throw failure;
    });
    const stream = block.stream({ text: "" });
    assert.equal((await stream.next()).value?.type, "progress");
    await assert.rejects(stream.next(), failure);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    await assert.rejects(Array.fromAsync(block.stream({ text: 1 as never })), SchemaMismatchError);
  });

  test("drops what is told after the end", async () => {
    const late = Promise.withResolvers<void>();
    const block = new TestBlock(Text, Count, (_data, { emit }) => {
      setTimeout(() => {
        emit({ type: "progress", message: "late" });
        late.resolve();
      }, 5);
      return { count: 0 };
    });
    const stream = block.stream({ text: "" });
    assert.equal((await stream.next()).value?.type, "result");
    await late.promise;
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });
});

describe("leaving a stream", () => {
  test("aborts the work", async () => {
    const aborted = Promise.withResolvers<void>();
    const block = new TestBlock(Text, Count, (_data, { signal, emit }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      emit({ type: "progress", message: "working" });
      return new Promise<never>(() => {});
    });
    for await (const event of block.stream({ text: "" })) {
      assert.equal(event.type, "progress");
      break;
    }
    await aborted.promise;
  });

  test("aborts the work at once while a read is pending", async () => {
    const block = deaf();
    const stream = block.stream({ text: "" });
    const pending = stream.next();
    await setImmediate();
    await stream.return?.();
    assert.deepEqual(await pending, { done: true, value: undefined });
    await block.aborted;
  });

  test("before the first read never starts the work", async () => {
    const block = new TestBlock(Text, Count, () => assert.fail("must not work"));
    const stream = block.stream({ text: "" });
    await stream.return?.();
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  test("does not let the work's later failure become an unhandled rejection", async () => {
    const block = new TestBlock(Text, Count, async (_data, { signal, emit }) => {
      emit({ type: "progress", message: "working" });
      await delay(10_000, undefined, { signal });
      return { count: 0 };
    });
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    for await (const _event of block.stream({ text: "" })) break;
    await delay(20);
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
  });
});

describe("the signal of a stream", () => {
  test("throws its reason within 100 ms, also to a pending read, and aborts the work", async () => {
    const controller = new AbortController();
    const block = deaf();
    const pending = block.stream({ text: "" }, { signal: controller.signal }).next();
    await delay(10);
    const start = performance.now();
    const reason = new Error("stop");
    controller.abort(reason);
    await assert.rejects(pending, reason);
    assert.equal(await block.aborted, reason);
    assert.ok(performance.now() - start < 100);
  });

  test("that has fired throws before the work", async () => {
    const reason = new Error("too late");
    const block = new TestBlock(Text, Count, () => assert.fail("must not work"));
    const stream = block.stream({ text: "" }, { signal: AbortSignal.abort(reason) });
    await assert.rejects(stream.next(), reason);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  test("goes before events that wait", async () => {
    const controller = new AbortController();
    const block = new TestBlock(Text, Count, (_data, { emit }) => {
      for (const message of ["read", "waiting"]) emit({ type: "progress", message });
      return new Promise<never>(() => {});
    });
    const stream = block.stream({ text: "" }, { signal: controller.signal });
    await stream.next();
    controller.abort(new Error("stop"));
    await assert.rejects(stream.next(), /stop/);
  });

  test("is left without listeners after the end", async () => {
    const { signal } = new AbortController();
    await Array.fromAsync(talkative.stream({ text: "ab" }, { signal }));
    for await (const _event of talkative.stream({ text: "ab" }, { signal })) break;
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

test("events have the types of the output", async () => {
  for await (const event of talkative.stream({ text: "ab" })) {
    if (event.type === "result") {
      const count: number = event.value.count;
      assert.equal(count, 2);
    }
    if (event.type === "partial") {
      const count: number | undefined = event.value.count;
      assert.equal(count, undefined);
    }
  }
  new TestBlock(Text, Count, (_data, { emit }) => {
    // @ts-expect-error the result is what the work returns
    emit({ type: "result", value: { count: 1 } });
    // @ts-expect-error the count is a number
    emit({ type: "partial", value: { count: "1" } });
    return { count: 0 };
  });
});
