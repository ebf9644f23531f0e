import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  type BlockObserver,
  type BlockOutcome,
  type BlockWatch,
  map,
  observeBlocks,
  parallel,
  pipe,
  retry,
  runPart,
  timeout,
  UsageMeter,
} from "../index.ts";
import { Count, countLetters, deaf, repeat, TestBlock, Text } from "../testing/blocks.ts";

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const paid = new TestBlock(
  Text,
  Text,
  (data, { emit }) => {
    emit({ type: "usage", usage, model: "a-model" });
    return data;
  },
  { name: "Paid" },
);

/** Writes down who starts and ends, as a tree. */
function recorder(): BlockObserver & { readonly lines: string[] } {
  const lines: string[] = [];
  const watch = (name: string, depth: number): BlockWatch => {
    lines.push(`${" ".repeat(depth)}${name} starts`);
    return {
      part: ({ block }) => watch(block.name, depth + 1),
      end: (outcome: BlockOutcome) => void lines.push(`${" ".repeat(depth)}${name}: ${outcome.type}`),
    };
  };
  return { lines, start: ({ block }) => watch(block.name, 0) };
}

describe("observers", () => {
  test("hear of a block and its parts, each part before the whole", async () => {
    const observer = recorder();
    await pipe(countLetters, repeat).run({ text: "a" }, { observers: [observer] });
    assert.deepEqual(observer.lines, [
      "pipe(CountLetters, Repeat) starts",
      " CountLetters starts",
      " CountLetters: result",
      " Repeat starts",
      " Repeat: result",
      "pipe(CountLetters, Repeat): result",
    ]);
  });

  test("hear of streams, and of data that do not match", async () => {
    const observer = recorder();
    await Array.fromAsync(countLetters.stream({ text: "a" }, { observers: [observer] }));
    await assert.rejects(countLetters.run({ text: 1 as never }, { observers: [observer] }));
    const ends = observer.lines.filter((line) => !line.endsWith("starts"));
    assert.deepEqual(ends, ["CountLetters: result", "CountLetters: error"]);
  });

  test("hear of ends once, also of blocks that go on for nobody", async () => {
    const observer = recorder();
    const controller = new AbortController();
    const block = parallel({ a: deaf(), b: timeout(deaf(), 1_000) });
    const running = block.run({ text: "" }, { signal: controller.signal, observers: [observer] });
    setTimeout(() => controller.abort(), 5);
    await assert.rejects(running);
    const ends = observer.lines.filter((line) => !line.endsWith("starts")).map((line) => line.trim());
    assert.equal(ends.length, 4);
    assert.ok(ends.every((line) => line.endsWith(": abort")));
  });

  test("that throw are warned of, and change nothing", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const broken: BlockObserver = {
      start() {
        throw new RangeError("broken");
      },
    };
    assert.deepEqual(await countLetters.run({ text: "a" }, { observers: [broken] }), { count: 1 });
    assert.match((await warned).message, /broken/);
  });

  test("of the process hear of every run, until they are disposed of", async () => {
    const observer = recorder();
    const observation = observeBlocks(observer);
    const second = observeBlocks(observer);
    second[Symbol.dispose]();
    await countLetters.run({ text: "a" });
    observation[Symbol.dispose]();
    await countLetters.run({ text: "a" });
    assert.deepEqual(observer.lines, ["CountLetters starts", "CountLetters: result"]);
  });

  test("see parts that a block runs itself", async () => {
    const observer = recorder();
    const meter = new UsageMeter();
    const own = new TestBlock(
      Text,
      Count,
      async (data, context) => runPart(countLetters, await runPart(paid, data, context), context),
      { name: "Own" },
    );
    assert.deepEqual(await own.run({ text: "ab" }, { observers: [observer, meter] }), { count: 2 });
    assert.equal(observer.lines[1], " Paid starts");
    assert.equal(meter.usage.totalTokens, 15);
    await assert.rejects(runsWrongPart().run({ text: "" }), /input of block Repeat/);
  });
});

function runsWrongPart(): TestBlock<typeof Text, typeof Text> {
  // @ts-expect-error the part takes a count
  return new TestBlock(Text, Text, (data, context) => runPart(repeat, data, context));
}

describe("a usage meter", () => {
  const prices = { "a-model": { inputUsdPerMillion: 100_000, outputUsdPerMillion: 200_000 } };

  test("sums what all parts used, once, by model, with cost", async () => {
    const meter = new UsageMeter({ prices });
    const observers = [meter];
    await paid.run({ text: "" }, { observers });
    await map(pipe(paid, paid)).run([{ text: "" }, { text: "" }], { observers });
    assert.equal(meter.usage.totalTokens, 15 + 60);
    assert.deepEqual(meter.usageByModel, {
      "a-model": { inputTokens: 50, outputTokens: 25, totalTokens: 75 },
    });
    assert.equal(meter.costUsd, 10);
  });

  test("has no cost where something has no price, and none where nothing was used", async () => {
    const meter = new UsageMeter();
    assert.deepEqual([meter.costUsd, meter.usage.totalTokens], [0, 0]);
    await paid.run({ text: "" }, { observers: [meter] });
    assert.equal(meter.costUsd, undefined);
  });

  test("knows what was used by what failed, and before an abort", async () => {
    const meter = new UsageMeter({ prices });
    const failing = new TestBlock(Text, Text, () => Promise.reject(new RangeError("no")));
    const tried = retry(pipe(paid, failing), { maxRetries: 2, delaySeconds: 0 });
    await assert.rejects(tried.run({ text: "" }, { observers: [meter] }), RangeError);
    assert.equal(meter.usage.totalTokens, 45);
    const controller = new AbortController();
    const aborted = pipe(paid, deaf()).run({ text: "" }, { signal: controller.signal, observers: [meter] });
    await setImmediate();
    controller.abort();
    await assert.rejects(aborted);
    assert.equal(meter.usage.totalTokens, 60);
    assert.equal(meter.costUsd, 8);
  });

  test("knows it of a stream that nobody reads to its end", async () => {
    const meter = new UsageMeter({ prices });
    for await (const _event of pipe(paid, deaf()).stream({ text: "" }, { observers: [meter] })) break;
    assert.equal(meter.usage.totalTokens, 15);
  });
});
