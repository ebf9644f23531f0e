import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { FileSystemReadBlock, InvalidBlockOptionsError } from "../index.ts";
import { eventually } from "../testing/eventually.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "conduit-read-")));
after(() => rmSync(folder, { recursive: true }));
const root = join(folder, "root");
mkdirSync(join(root, "below"), { recursive: true });
const file = join(root, "file");
writeFileSync(file, "héllo");
writeFileSync(join(folder, "secret"), "secret");
writeFileSync(join(root, "bytes"), new Uint8Array([0, 255]));
symlinkSync("../file", join(root, "below", "good"));
symlinkSync("../../secret", join(root, "below", "bad"));
symlinkSync("below/bad", join(root, "chain"));
symlinkSync("..", join(root, "up"));
symlinkSync("loop", join(root, "loop"));
symlinkSync("missing", join(root, "dangling"));

describe("a file", () => {
  test("is read as text or as bytes", async () => {
    assert.deepEqual(await new FileSystemReadBlock(file).run(), { success: true, path: file, data: "héllo" });
    assert.equal((await new FileSystemReadBlock(pathToFileURL(file)).run()).success, true);
    const operation = await new FileSystemReadBlock(join(root, "bytes"), { format: "bytes" }).run();
    assert.ok(operation.success);
    const bytes: Uint8Array = operation.data;
    assert.deepEqual([...bytes], [0, 255]);
    const text = await new FileSystemReadBlock(file).run();
    assert.equal(text.success && text.data.toUpperCase(), "HÉLLO");
    const proc = await new FileSystemReadBlock("/proc/self/status").run();
    assert.ok(proc.success && proc.data.includes("Pid:"), "one that says that it has no bytes");
  });

  test("that cannot be read is a failure that says why", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    for (const [name, code] of [
      ["missing", "ENOENT"],
      ["file/a", "ENOTDIR"],
      ["below", "NOT_A_FILE"],
      ["pipe", "NOT_A_FILE"],
      ["/", "NOT_A_FILE"],
      ["/dev/zero", "NOT_A_FILE"],
      ["bytes", "NOT_UTF8"],
      ["loop", "ELOOP"],
      ["dangling", "ENOENT"],
      ["a\0b", "EINVAL"],
      ["a".repeat(300), "ENAMETOOLONG"],
    ] as const) {
      const path = name.startsWith("/") ? name : join(root, name);
      const operation = await new FileSystemReadBlock(path).run();
      assert.ok(!operation.success, name);
      assert.deepEqual([operation.errorCode, operation.path], [code, path]);
      assert.ok(
        operation.reason.startsWith(`Cannot read ${path}: `) && operation.reason.endsWith(` (${code}).`),
      );
      assert.doesNotMatch(operation.reason, /proc/);
    }
  });

  test("has a limit, however many bytes it says it has", async () => {
    assert.ok((await new FileSystemReadBlock(file, { maxFileBytes: 6 }).run()).success);
    for (const path of [file, "/proc/self/status"]) {
      const operation = await new FileSystemReadBlock(path, { maxFileBytes: 5 }).run();
      assert.ok(!operation.success);
      assert.equal(operation.errorCode, "TOO_LARGE");
      assert.match(operation.reason, /more than 5 bytes \(maxFileBytes\)/);
    }
  });
});

describe("a root", () => {
  test("holds what is below, and where relative paths start", async () => {
    for (const path of ["file", "./below/../file", "below/good", file, "up/root/file"]) {
      const operation = await new FileSystemReadBlock(path, {
        root: path.startsWith("up") ? folder : root,
      }).run();
      if (path.startsWith("up")) assert.ok(!operation.success && operation.errorCode === "ENOENT");
      else assert.deepEqual(operation, { success: true, path: file, data: "héllo" }, path);
    }
    symlinkSync(root, join(folder, "alias"));
    assert.ok((await new FileSystemReadBlock("file", { root: join(folder, "alias") }).run()).success);
    assert.ok((await new FileSystemReadBlock(file, { root: join(folder, "alias") }).run()).success);
  });

  test("is not left, by dots, by absolute paths, or by links to files and folders", async () => {
    for (const path of [
      "../secret",
      "below/../../secret",
      join(folder, "secret"),
      "/etc/passwd",
      "below/bad",
      "chain",
      "up/secret",
      "../root-like/secret",
    ]) {
      const operation = await new FileSystemReadBlock(path, { root }).run();
      assert.ok(!operation.success, path);
      assert.equal(operation.errorCode, "OUTSIDE_ROOT", path);
    }
    const missing = await new FileSystemReadBlock("a", { root: join(folder, "missing") }).run();
    assert.ok(!missing.success);
    assert.equal(missing.errorCode, "ENOENT");
  });
});

test("the signal ends the reading, and no file stays open", async () => {
  writeFileSync(join(folder, "large"), Buffer.alloc(15_000_000));
  const controller = new AbortController();
  const running = new FileSystemReadBlock(join(folder, "large"), { format: "bytes" }).run({
    signal: controller.signal,
  });
  setImmediate(() => controller.abort(new Error("stop")));
  await assert.rejects(running, /stop/);
  await eventually(() => assert.deepEqual(openFiles(), []));
});

/** The files and folders of this test that the process has open. */
function openFiles(): readonly string[] {
  return readdirSync("/proc/self/fd")
    .map((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`);
      } catch {
        // The one that lists them.
        return "";
      }
    })
    .filter((path) => path.startsWith(folder));
}

test("options that cannot be are refused", () => {
  for (const [option, path, options] of [
    ["path", "", {}],
    ["path", new URL("http://host/file"), {}],
    ["root", "a", { root: "" }],
    ["maxFileBytes", "a", { maxFileBytes: -1 }],
    ["format", "a", { format: "json" as never }],
  ] as const) {
    assert.throws(
      () => new FileSystemReadBlock(path, options),
      (error) => InvalidBlockOptionsError.isInstance(error) && error.option === option,
      option,
    );
  }
});
