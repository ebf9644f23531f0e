import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import {
  BatchInputChangedError,
  type BatchOptions,
  BatchOutputError,
  BatchRunningError,
  batch,
  InvalidBlockOptionsError,
  TooManyFailuresError,
} from "../index.ts";
import { TestBlock } from "../testing/blocks.ts";

const root = mkdtempSync(join(tmpdir(), "conduit-batch-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const Item = Type.Object({ id: Type.Integer() });
const usage = { inputTokens: 2, outputTokens: 1, totalTokens: 3 };
const prices = { m: { inputUsdPerMillion: 100_000, outputUsdPerMillion: 300_000 } };

/** Fails where the number is negative, and else takes tokens. */
function counting() {
  const ran: number[] = [];
  const block = new TestBlock(Item, Item, ({ id }, { emit }) => {
    ran.push(id);
    if (id < 0) throw new RangeError(`${id} is negative`);
    emit({ type: "usage", usage, model: "m" });
    return { id };
  });
  return { block, ran };
}

/** A folder with an input of these lines. */
function files(text: string) {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const input = join(folder, "input.jsonl");
  const output = join(folder, "output.jsonl");
  writeFileSync(input, text);
  const options: BatchOptions = { input, output, progress: "none", concurrency: 3, prices };
  return { input, output, failures: `${output}.failures`, options };
}

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const ids = (...numbers: number[]): string => numbers.map((id) => `{"id":${id}}\n`).join("");

describe("a batch", () => {
  test("writes results and failures with their lines, tokens and cost, and sums them", async () => {
    const { output, failures, options } = files(`{"id":1}\n\nnot JSON\r\n{"id":-4}\n{"id":"x"}\n{"id":6}`);
    const summary = await batch(counting().block, options);
    const results = linesOf(output).sort((a, b) => Number(a.line) - Number(b.line));
    assert.deepEqual(results, [
      { line: 1, usage, costUsd: 0.5, value: { id: 1 } },
      { line: 6, usage, costUsd: 0.5, value: { id: 6 } },
    ]);
    const failed = linesOf(failures).sort((a, b) => Number(a.line) - Number(b.line));
    assert.deepEqual(
      failed.map(({ line, input, error }) => [line, input, (error as { name: string }).name]),
      [
        [3, "not JSON\r", "SyntaxError"],
        [4, '{"id":-4}', "RangeError"],
        [5, '{"id":"x"}', "SchemaMismatchError"],
      ],
    );
    assert.match(JSON.stringify(failed[2]), /"code":"SCHEMA_MISMATCH"/);
    const { durationSeconds, ...rest } = summary;
    assert.ok(durationSeconds > 0);
    assert.deepEqual(rest, {
      lines: 5,
      succeeded: 2,
      failed: 3,
      doneNow: 5,
      usage: { inputTokens: 4, outputTokens: 2, totalTokens: 6 },
      costUsd: 1,
    });
  });

  test("that is done is not done again; lines that were added are", async () => {
    const { input, output, options } = files(ids(1, 2));
    const { block, ran } = counting();
    await batch(block, options);
    const again = await batch(block, options);
    assert.deepEqual([ran.toSorted(), again.doneNow, again.succeeded, again.costUsd], [[1, 2], 0, 2, 1]);
    appendFileSync(input, ids(3));
    assert.equal((await batch(block, options)).doneNow, 1);
    assert.equal(linesOf(output).length, 3);
  });

  test("goes on behind a line that was not written to its end", async () => {
    const { output, failures, options } = files(ids(1, -2, 3));
    const { block } = counting();
    await batch(block, options);
    for (const path of [output, failures]) {
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.slice(0, -4));
    }
    const { doneNow, succeeded, failed } = await batch(block, options);
    assert.deepEqual([doneNow, succeeded, failed], [2, 2, 1]);
    assert.deepEqual(
      linesOf(output)
        .map(({ line }) => line)
        .toSorted(),
      [1, 3],
    );
    assert.deepEqual(
      linesOf(failures).map(({ line }) => line),
      [2],
    );
  });

  test("runs failures again where it is asked to", async () => {
    const { failures, options } = files(ids(1, -2));
    let sign = 1;
    const block = new TestBlock(Item, Item, ({ id }) => {
      if (sign * id < 0) throw new RangeError("negative");
      return { id };
    });
    await batch(block, options);
    assert.equal((await batch(block, options)).doneNow, 0);
    sign = -1;
    const { doneNow, succeeded, failed } = await batch(block, { ...options, retryFailures: true });
    assert.deepEqual([doneNow, succeeded, failed], [1, 2, 0]);
    assert.equal(readFileSync(failures, "utf8"), "");
  });

  test("takes a result that says that it failed for a failure, and keeps it", async () => {
    const { failures, options } = files(ids(1));
    const Operation = Type.Object({ success: Type.Boolean(), reason: Type.String() });
    const value = { success: false, reason: "no such thing" };
    await batch(new TestBlock(Item, Operation, () => value), options);
    const [line] = linesOf(failures);
    assert.deepEqual([line?.value, line?.error], [value, { message: "no such thing" }]);
  });

  test("fails a line that is too long, without holding it, and keeps the next", async () => {
    const long = `{"id":1,"more":"${"x".repeat(1_000_000)}"}`;
    const { failures, options } = files(`${long}\n{"id":2}\n${long}`);
    const { succeeded, failed } = await batch(counting().block, { ...options, maxLineBytes: 1_000 });
    assert.deepEqual([succeeded, failed], [1, 2]);
    assert.ok(readFileSync(failures).length < 1_000);
  });

  test("does not read ahead of its concurrency", async () => {
    const { options } = files(ids(...Array(50).keys()));
    let running = 0;
    let most = 0;
    const block = new TestBlock(Item, Item, async (data) => {
      most = Math.max(most, ++running);
      await delay(1);
      running--;
      return data;
    });
    await batch(block, options);
    assert.equal(most, 3);
  });

  test("does nothing for an empty input", async () => {
    const { options } = files("");
    const { lines, succeeded } = await batch(counting().block, options);
    assert.deepEqual([lines, succeeded], [0, 0]);
  });
});

describe("a batch that stops", () => {
  test("at its signal throws the reason, and what is done stays done", async () => {
    const { output, failures, options } = files(ids(...Array(20).keys()));
    const controller = new AbortController();
    const reason = new Error("stop");
    const block = new TestBlock(Item, Item, async ({ id }, { signal }) => {
      if (id === 10) setTimeout(() => controller.abort(reason), 5);
      if (id >= 10) await delay(60_000, undefined, { signal });
      return { id };
    });
    await assert.rejects(batch(block, { ...options, signal: controller.signal }), reason);
    assert.equal(linesOf(output).length, 10);
    assert.equal(readFileSync(failures, "utf8"), "");
    const { doneNow, succeeded } = await batch(counting().block, options);
    assert.deepEqual([doneNow, succeeded], [10, 20]);
    await assert.rejects(batch(block, { ...options, signal: AbortSignal.abort(reason) }), reason);
  });

  test("after too many failures says so", async () => {
    const { options } = files(ids(...Array.from({ length: 50 }, (_, index) => -1 - index)));
    const { block, ran } = counting();
    await assert.rejects(batch(block, { ...options, maxFailures: 5 }), (error) => {
      return TooManyFailuresError.isInstance(error) && /retryFailures/.test(error.message);
    });
    assert.ok(ran.length < 50);
  });
});

describe("the files of a batch", () => {
  test("belong to one run at a time", async () => {
    const { options } = files(ids(1));
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const block = new TestBlock(Item, Item, async (data) => {
      begun.resolve();
      await end.promise;
      return data;
    });
    const first = batch(block, options);
    await begun.promise;
    await assert.rejects(batch(block, options), BatchRunningError);
    end.resolve();
    assert.equal((await first).succeeded, 1);
    assert.equal((await batch(block, options)).doneNow, 0);
  });

  test("are of one input: one that has changed is refused", async () => {
    for (const [before, now] of [
      [ids(1, 2), ids(1, 3)],
      [ids(1, 2), ids(1)],
      ['{"id":1}', '{"id":1}2\n'],
      ["1", "12"],
    ] as const) {
      const { input, options } = files(before);
      await batch(counting().block, options);
      writeFileSync(input, now);
      await assert.rejects(batch(counting().block, options), BatchInputChangedError);
    }
    const { input, options } = files('{"id":1}');
    await batch(counting().block, options);
    appendFileSync(input, `\n${ids(2)}`);
    assert.equal((await batch(counting().block, options)).doneNow, 1);
  });

  test("are never written over where somebody else wrote them", async () => {
    for (const name of ["output", "failures"] as const) {
      const all = files(ids(1));
      writeFileSync(all[name], "precious");
      await assert.rejects(batch(counting().block, all.options), BatchOutputError);
      assert.equal(readFileSync(all[name], "utf8"), "precious");
    }
    const { output, options } = files(ids(1));
    await batch(counting().block, options);
    writeFileSync(output, '{"line":1,"value":{"id":1}}\nprecious\nmore');
    await assert.rejects(batch(counting().block, options), BatchOutputError);
    assert.match(readFileSync(output, "utf8"), /precious\nmore$/);
    const other = files(ids(1));
    writeFileSync(`${other.output}.batch`, "no database, but long enough to be one".repeat(100));
    await assert.rejects(batch(counting().block, other.options), BatchOutputError);
  });

  test("may be deleted to begin anew", async () => {
    const { input, output, failures, options } = files(ids(1));
    await batch(counting().block, options);
    rmSync(output);
    rmSync(failures);
    writeFileSync(input, ids(2));
    assert.equal((await batch(counting().block, options)).doneNow, 1);
  });

  test("must differ, and options must make sense", async () => {
    const { input, output, options } = files(ids(1));
    for (const wrong of [
      { output: input },
      { failures: output },
      { concurrency: 0 },
      { maxLineBytes: 0 },
      { maxFailures: 0 },
    ]) {
      await assert.rejects(batch(counting().block, { ...options, ...wrong }), InvalidBlockOptionsError);
    }
    assert.ok(!existsSync(output));
    await assert.rejects(batch(counting().block, { ...options, input: join(root, "missing") }), /ENOENT/);
  });
});
