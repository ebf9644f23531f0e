import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { Entry } from "./entry.ts";
import { exampleOf } from "./example.ts";
import { syntheticExamples } from "./held-out.ts";
import { gnuLines } from "./layout.ts";
import { Random } from "./random.ts";
import { realExample } from "./real-listings.ts";

test("a seed gives the same listings", () => {
  const of = (seed: number) =>
    Array.from({ length: 50 }, (_, count) => exampleOf(new Random(seed), count % 41));
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
});

test("each line of a listing has what is right for it, in the order of the answer", () => {
  const seen = new Set<string>();
  for (const { listing, answer } of syntheticExamples(410)) {
    const lines = listing.split("\n").filter((line) => line !== "" && !/^total \d+$/.test(line));
    assert.equal(lines.length, answer.files.length, listing);
    for (const [index, { name, bytes, dateModified }] of answer.files.entries()) {
      const line = lines[index] ?? "";
      seen.add(line.slice(0, 1));
      const isDevice = /^[bc]/.test(line);
      const isLink = line.startsWith("l");
      const size = isDevice ? `${/\d+, +\d+/.exec(line)?.[0]}` : String(bytes);
      if (isDevice) assert.equal(bytes, 0, line);
      const tail = `${size} ${dateModified} ${name}`;
      assert.ok(isLink ? line.includes(` ${tail} -> `) : line.endsWith(` ${tail}`), `${line} | ${tail}`);
    }
  }
  assert.deepEqual([...seen].sort(), ["-", "b", "c", "d", "l", "p", "s"]);
});

test("GNU listings are laid out as the real ls does it", {
  skip: isGnu() ? false : "ls is not GNU's",
}, async () => {
  for (const count of [0, 1, 2, 13, 40]) {
    const { listing, answer } = await realExample(count, count);
    const lines = listing.split("\n").slice(1, -1);
    assert.equal(lines.length, answer.files.length);
    for (const [index, { name, bytes, dateModified }] of answer.files.entries()) {
      assert.ok(lines[index]?.includes(` ${bytes} ${dateModified} ${name}`), `${lines[index]} | ${name}`);
    }
    assert.deepEqual(gnuLines(lines.map(entryOfLine)), lines);
  }
});

function isGnu(): boolean {
  const { stdout } = spawnSync("ls", ["--version"], { encoding: "utf8" });
  return stdout.includes("GNU coreutils");
}

/** The entry that a line shows, whatever the widths of its columns. */
function entryOfLine(line: string): Entry {
  const match =
    /^(\S{10})([+.]?) +(\d+) +(\S+) +(\S+) +(\d+) (\S+ +\S+(?: \d\d:\d\d| {2}\d{4})|\S+ \S+) (.*)$/.exec(
      line,
    );
  assert.ok(match, line);
  const [, mode = "", mark = "", links, owner = "", group = "", size, date = "", name = ""] = match;
  assert.ok(mark === "" || mark === "+" || mark === ".");
  return { mode, mark, links: Number(links), owner, group, size: Number(size), date, name };
}
