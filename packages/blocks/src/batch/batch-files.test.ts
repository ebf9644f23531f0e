import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  BatchInputChangedError,
  BatchOutputError,
  BatchRunningError,
  batch,
  InvalidBlockOptionsError,
} from "../index.ts";
import { counting, files, Item, ids, root } from "../testing/batch-files.ts";
import { TestBlock } from "../testing/blocks.ts";

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
