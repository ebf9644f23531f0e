import assert from "node:assert/strict";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import {
  FileSystemWriteBlock,
  type FileSystemWriteOptions,
  InvalidBlockOptionsError,
  SchemaMismatchError,
  SupportsFileContent,
} from "../index.ts";
import { eventually } from "../testing/eventually.ts";
import { noSmallDisk, runOnSmallDisk } from "../testing/small-disk.ts";

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

describe("content", () => {
  test("is written as text or as bytes, and replaces what is there", async () => {
    const path = place("content");
    assert.deepEqual(await write(path, "héllo"), { success: true, path });
    assert.equal(readFileSync(path, "utf8"), "héllo");
    assert.ok((await write(path, new Uint8Array([0, 255]))).success);
    assert.deepEqual([...readFileSync(path)], [0, 255]);
    assert.ok((await write(path, "in place", { atomic: false })).success);
    assert.ok((await write(path, "", { atomic: false })).success);
    assert.equal(readFileSync(path, "utf8"), "");
    assert.deepEqual(readdirSync(join(path, "..")), ["file"]);
  });

  test("is added at the end where that is asked for, each whole", async () => {
    const path = place("append");
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index} ${"x".repeat(index)}\n`);
    const block = new FileSystemWriteBlock(SupportsFileContent, path, { append: true });
    await Promise.all(lines.map((fileContent) => block.run({ fileContent })));
    assert.deepEqual(readFileSync(path, "utf8").split("\n").sort(), lines.join("").split("\n").sort());
  });

  test("is seen as a whole by whoever reads meanwhile", async () => {
    const path = place("whole");
    const versions = ["a", "b"].map((letter) => letter.repeat(3_000_000));
    await write(path, versions[0] ?? "");
    let isWriting = true;
    const writing = (async () => {
      for (let index = 0; index < 10; index++) await write(path, versions[index % 2] ?? "");
      isWriting = false;
    })();
    while (isWriting) {
      assert.ok(versions.includes(readFileSync(path, "utf8")));
      await delay(1);
    }
    await writing;
  });

  test("has a limit, which counts what is there where it is added", async () => {
    const path = place("limit");
    assert.ok((await write(path, "1234", { maxFileBytes: 4 })).success);
    for (const options of [{ maxFileBytes: 4 }, { maxFileBytes: 8, append: true }]) {
      const operation = await write(path, "12345", options);
      assert.ok(!operation.success);
      assert.equal(operation.errorCode, "TOO_LARGE");
    }
    assert.equal(readFileSync(path, "utf8"), "1234");
  });
});

describe("a file that is there", () => {
  test("keeps its permissions, and its links where it is written in place", async () => {
    const path = place("permissions");
    assert.ok((await write(path, "new", { mode: 0o600 })).success);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    chmodSync(path, 0o4640);
    await write(path, "again", { mode: 0o666 });
    assert.equal(statSync(path).mode & 0o7777, 0o640, "and runs as nobody else");
    linkSync(path, `${path}-link`);
    await write(path, "both", { atomic: false });
    assert.equal(readFileSync(`${path}-link`, "utf8"), "both");
    await write(path, "one");
    assert.equal(readFileSync(`${path}-link`, "utf8"), "both");
  });

  test("is reached through links, which stay", async () => {
    const path = place("links");
    const link = `${path}-link`;
    symlinkSync("file", link);
    assert.deepEqual(await write(link, "made by a dangling link"), { success: true, path });
    assert.ok((await write(link, "through")).success);
    assert.equal(readFileSync(path, "utf8"), "through");
    assert.ok(lstatSync(link).isSymbolicLink());
  });
});

describe("what cannot be written", () => {
  test("is a failure that says why, and leaves nothing behind", async () => {
    const path = place("failures");
    for (const [target, code] of [
      [join(path, "..", "missing", "file"), "ENOENT"],
      [join(path, ".."), "NOT_A_FILE"],
      ["/dev/null", "NOT_A_FILE"],
      ["/", "NOT_A_FILE"],
      ["/proc/conduit", "ENOENT"],
      [join(path, "..", "a\0b"), "EINVAL"],
    ] as const) {
      const operation = await write(target, "content");
      assert.ok(!operation.success, target);
      assert.equal(operation.errorCode, code, target);
    }
    assert.deepEqual(readdirSync(join(path, "..")), []);
  });

  test("is a file that is read-only, to whoever is not root", async () => {
    const path = place("read-only");
    writeFileSync(path, "old", { mode: 0o444 });
    for (const shared of [folder, join(path, "..")]) chmodSync(shared, 0o777);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      for (const options of [{}, { append: true }, { atomic: false }]) {
        const operation = await write(path, "new", options);
        assert.ok(!operation.success);
        assert.equal(operation.errorCode, "EACCES");
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    assert.equal(readFileSync(path, "utf8"), "old");
  });

  test("is a full disk, and what is replaced stays as it was", { skip: noSmallDisk }, async () => {
    assert.deepEqual(await runOnSmallDisk("rw"), {
      codes: ["ENOSPC", "old", "ENOSPC", "old"],
      files: ["file"],
    });
  });

  test("is a disk that is read-only", { skip: noSmallDisk }, async () => {
    assert.deepEqual(await runOnSmallDisk("ro"), {
      codes: ["EROFS", "old", "EROFS", "old"],
      files: ["file"],
    });
  });
});

test("the signal ends the writing, and leaves what was there", async () => {
  const path = place("signal");
  writeFileSync(path, "old");
  const controller = new AbortController();
  const block = new FileSystemWriteBlock(SupportsFileContent, path, { maxFileBytes: 1e9 });
  const running = block.run({ fileContent: new Uint8Array(200_000_000) }, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("stop")), 20);
  await assert.rejects(running, /stop/);
  await eventually(() => assert.deepEqual(readdirSync(join(path, "..")), ["file"]));
  assert.equal(readFileSync(path, "utf8"), "old");
});

test("options and data that cannot be are refused", async () => {
  for (const [option, options] of [
    ["atomic", { append: true, atomic: true }],
    ["mode", { mode: 0o7777 }],
    ["maxFileBytes", { maxFileBytes: 0.5 }],
  ] as const) {
    assert.throws(
      () => new FileSystemWriteBlock(SupportsFileContent, "file", options),
      (error) => InvalidBlockOptionsError.isInstance(error) && error.option === option,
    );
  }
  const block = new FileSystemWriteBlock({} as typeof SupportsFileContent, join(folder, "never"));
  for (const data of [{}, null, { fileContent: 1 }])
    await assert.rejects(block.run(data as never), SchemaMismatchError);
  const misuse = (): void => {
    // @ts-expect-error the content is a number
    new FileSystemWriteBlock(Type.Object({ fileContent: Type.Number() }), "file");
  };
  assert.equal(typeof misuse, "function");
});
