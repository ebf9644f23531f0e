import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { SecretKeyFileError } from "../state-secret-error.ts";
import { readKeyFile, readOrMakeKeyFile } from "./key-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conduit-key-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("all who ask at the same time get the same key, from a file for its owner alone", async () => {
  const path = join(folder, "conduit.db.key");
  assert.equal(await readKeyFile(path), undefined);
  const keys = await Promise.all(Array.from({ length: 50 }, () => readOrMakeKeyFile(path)));
  assert.equal(new Set(keys.map(({ id }) => id)).size, 1);
  assert.deepEqual(await readKeyFile(path), keys[0]);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ["conduit.db.key"]);
});

test("a file that cannot be made is named", async () => {
  await writeFile(join(folder, "file"), "");
  const path = join(folder, "file", "conduit.db.key");
  await assert.rejects(
    readOrMakeKeyFile(path),
    (error) =>
      SecretKeyFileError.isInstance(error) &&
      error.message.startsWith(
        `expected ${path} to hold a key of 32 bytes that only its owner can read, but ENOTDIR: not a directory, open '${path}`,
      ) &&
      error.message.endsWith("; or set CONDUIT_SECRET"),
  );
});
