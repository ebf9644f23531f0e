import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DiskFiles } from "./disk-files.ts";
import { type Files, readJsonLines } from "./files.ts";
import { MemoryFiles } from "./memory-files.ts";

/** Everything that a stand-in does with its files, and what it finds. */
function use(files: Files): unknown {
  const missing = [files.read("a/none"), files.readNote("none"), files.namesIn("nodes")];
  files.addFolder("nodes/one", "node.json", "{}");
  files.addFolder("nodes/two", "node.json", "[]");
  const first = files.noteOnce("nodes/one/end", "1");
  const second = files.noteOnce("nodes/one/end", "2");
  files.appendLine("nodes/two/lines", "1");
  files.appendLine("nodes/two/lines", "2");
  return {
    missing,
    notes: [first, second, files.readNote("nodes/one/end")],
    texts: [files.read("nodes/one/node.json"), readJsonLines(files, "nodes/two/lines")],
    names: [[...files.namesIn("nodes")].sort(), [...files.namesIn("nodes/two")].sort()],
  };
}

test("files in memory are what files on disk are", () => {
  const folder = mkdtempSync(join(tmpdir(), "files-"));
  try {
    assert.deepEqual(use(new MemoryFiles()), use(new DiskFiles(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("files that begin with the texts of others go their own way", () => {
  const before = new MemoryFiles();
  before.appendLine("lines", "1");
  const after = new MemoryFiles(before);
  after.appendLine("lines", "2");
  assert.deepEqual([before.read("lines"), after.read("lines")], ["1\n", "1\n2\n"]);
});
