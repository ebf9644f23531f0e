import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { FileSystemWriteBlock, type FileSystemWriteOptions, SupportsFileContent } from "../index.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "conduit-write-")));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, fileContent: string | Uint8Array, options?: FileSystemWriteOptions) {
  return new FileSystemWriteBlock(SupportsFileContent, path, options).run({ fileContent });
}

function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return join(path, "file");
}

describe("a root", () => {
  test("is not left, by dots, by absolute paths, or by links to files and folders", async () => {
    const path = place("root");
    const root = join(path, "..");
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), "old");
    symlinkSync(outside, join(root, "folder"));
    symlinkSync(join(outside, "file"), join(root, "link"));
    symlinkSync(join(outside, "new"), join(root, "dangling"));
    for (const options of [{}, { append: true }, { atomic: false }]) {
      for (const target of [
        "../outside/file",
        join(outside, "file"),
        "folder/file",
        "folder/new",
        "link",
        "dangling",
      ]) {
        const operation = await write(target, "new", { root, ...options });
        assert.ok(!operation.success, target);
        assert.equal(operation.errorCode, "OUTSIDE_ROOT", target);
      }
    }
    assert.deepEqual(readdirSync(outside), ["file"]);
    assert.equal(readFileSync(join(outside, "file"), "utf8"), "old");
    assert.deepEqual(await write("file", "new", { root }), { success: true, path });
  });

  test("is not left by folders that somebody swaps for links all the time", async () => {
    const path = place("race");
    const root = join(path, "..");
    const outside = join(folder, "target");
    mkdirSync(outside);
    mkdirSync(join(root, "sub"));
    let isSwapping = true;
    const swapping = (async () => {
      while (isSwapping) {
        rmSync(join(root, "sub"), { recursive: true });
        symlinkSync(outside, join(root, "sub"));
        await delay(0);
        rmSync(join(root, "sub"));
        mkdirSync(join(root, "sub"));
        await delay(0);
      }
    })();
    const block = new FileSystemWriteBlock(SupportsFileContent, "sub/file", { root });
    for (let index = 0; index < 300; index++) await block.run({ fileContent: "new" });
    isSwapping = false;
    await swapping;
    assert.deepEqual(readdirSync(outside), []);
  });
});
