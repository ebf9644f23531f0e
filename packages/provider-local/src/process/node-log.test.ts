import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { withDirectory } from "../testing/fixture.ts";
import { readLog, readLogTail } from "./node-log.ts";

const over = async () => true;

async function withLog(text: string, body: (path: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const path = join(directory, "log");
    await writeFile(path, text);
    await body(path);
  });
}

const read = (path: string, tailLines?: number) =>
  Array.fromAsync(readLog(path, { tailLines, isOver: over }));

test("gives lines without their ends, also a last one that has none", () =>
  withLog("one\n\ntwo\nthree", async (path) => {
    assert.deepEqual(await read(path), ["one", "", "two", "three"]);
    assert.deepEqual(await read(path, 0), []);
    assert.deepEqual(await read(path, 1), ["three"]);
    assert.deepEqual(await read(path, 3), ["", "two", "three"]);
    assert.deepEqual(await read(path, 99), ["one", "", "two", "three"]);
  }));

test("an empty log and one that is not there have no lines", () =>
  withLog("", async (path) => {
    assert.deepEqual(await read(path), []);
    assert.deepEqual(await read(path, 5), []);
    assert.deepEqual(await read(`${path}-absent`), []);
    assert.equal(await readLogTail(`${path}-absent`, 5), "");
  }));

test("finds the tail of a log of many chunks, with characters across their borders", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${"é".repeat(index % 23)} ${index} 🦀`);
  await withLog(`${lines.join("\n")}\n`, async (path) => {
    assert.deepEqual(await read(path), lines);
    for (const count of [1, 2, 1_000, 19_999, 20_000, 20_001]) {
      assert.deepEqual(await read(path, count), lines.slice(-count));
    }
    assert.equal(await readLogTail(path, 2), lines.slice(-2).join("\n"));
  });
});

test("follows a log until it is over, and misses nothing that was written before", () =>
  withLog("one\ntw", async (path) => {
    let isOver = false;
    const lines = Array.fromAsync(readLog(path, { isOver: async () => isOver }));
    await delay(50);
    await appendFile(path, "o\nthr");
    await delay(250);
    await appendFile(path, "ee\nfour");
    isOver = true;
    assert.deepEqual(await lines, ["one", "two", "three", "four"]);
  }));
